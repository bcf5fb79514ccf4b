import { LivegradError } from "../api/errors";
import type { LayerInfo, Spec, TensorInfo, TrainingOptions } from "../api/types";
import type { TensorEntry } from "./core";

/** A compiled network, as C++ tells it; offsets hold until it is compiled anew. */
export interface NetworkReply {
  readonly spec: Spec;
  readonly options: TrainingOptions;
  readonly layers: readonly Omit<LayerInfo, "tensors">[];
  readonly parameterCount: number;
  readonly classes: number;
  readonly step: number;
  readonly epoch: number;
  /** Names of values; null where the loss has no use for one. */
  readonly input: string;
  readonly output: string;
  readonly probabilities: string | null;
  readonly labels: string | null;
  readonly loss: string;
  /** Examples, of a text characters, of a pass. */
  readonly passSize: number;
  /** Of the text that is or was learned from; empty without one. */
  readonly vocabulary: string;
  readonly probeCapacity: number;
  /** Tensors of the last training batch, with parameters, states and slots; and those of the probe. */
  readonly batch: readonly TensorEntry[];
  readonly probe: readonly TensorEntry[];
}

/** Numbers in the heap: a tensor, or its part for one example. */
export interface Place {
  readonly entry: TensorEntry;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly size: number;
  /** Whether the probe computes it. */
  readonly probed: boolean;
}

export const product = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** Shape of one example of a tensor with a batch axis, else all of it. */
function exampleShape({ shape, rowsPerExample }: TensorEntry): readonly number[] {
  if (rowsPerExample === 0) return shape;
  return rowsPerExample === 1 ? shape.slice(1) : [rowsPerExample, ...shape.slice(1)];
}

const key = (name: string, gradient: boolean) => (gradient ? `d ${name}` : name);
const isGradient = ({ kind }: TensorEntry) => kind === "gradient" || kind === "parameterGradient";

/** Finds the tensors of a model. */
export class Tensors {
  readonly info: readonly TensorInfo[];
  readonly #batch: ReadonlyMap<string, TensorEntry>;
  readonly #probe: ReadonlyMap<string, TensorEntry>;

  constructor({ batch, probe }: NetworkReply) {
    const table = (entries: readonly TensorEntry[]) =>
      new Map(entries.map((entry) => [key(entry.name, isGradient(entry)), entry]));
    this.#batch = table(batch);
    this.#probe = table(probe);
    // A training step does not keep everything that the probe does.
    this.info = [...new Map([...this.#probe, ...this.#batch]).values()].map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      layer: entry.layer,
      op: entry.op,
      type: entry.type,
      shape: exampleShape(entry),
      perExample: entry.rowsPerExample > 0,
    }));
  }

  /** Of an example of the last batch when there is an index, else of the example in slot 0 of the probe; parameters are whole. */
  get(name: string, gradient: boolean, batchIndex: number | undefined): Place {
    const place = this.find(name, gradient, batchIndex);
    if (place) return place;
    const what = `${gradient ? "gradient of a " : ""}tensor "${name}" in`;
    throw new LivegradError(
      "not_found",
      "tensor",
      this.#probe.has(key(name, gradient))
        ? `There is no ${what} a training step: leave batchIndex out.`
        : `There is no ${what} this network.`,
    );
  }

  /** The same; null when there is none. */
  find(name: string, gradient: boolean, batchIndex: number | undefined): Place | null {
    const inBatch = this.#batch.get(key(name, gradient));
    const inProbe = this.#probe.get(key(name, gradient));
    const probed = inProbe !== undefined && batchIndex === undefined && inProbe.rowsPerExample > 0;
    const entry = probed ? inProbe : inBatch;
    return entry ? this.#at(entry, batchIndex ?? 0, probed) : null;
  }

  /** Of the probe's example in a slot. */
  inProbe(name: string, slot: number): Place {
    return this.#at(this.#probe.get(name)!, slot, true);
  }

  #at(entry: TensorEntry, index: number, probed: boolean): Place {
    const shape = exampleShape(entry);
    const size = product(shape);
    if (entry.rowsPerExample === 0) return { entry, offset: entry.offset, shape, size, probed };
    const capacity = entry.shape[0]! / entry.rowsPerExample;
    if (!Number.isInteger(index) || index < 0 || index >= capacity)
      throw new LivegradError(
        "invalid_argument",
        "tensor",
        `There is no example ${index} in a batch of ${capacity}, counted from 0.`,
      );
    return { entry, offset: entry.offset + index * size * 4, shape, size, probed };
  }
}
