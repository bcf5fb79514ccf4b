import { LivegradError } from "../api/errors";
import type { ErrorCode, SessionInfo, TensorKind, Variant } from "../api/types";
import { Heap } from "./heap";
import { loadModule, type LoadedModule, type WasmSession } from "./loader";

/** A tensor's place in the heap, as C++ tells it. */
export interface TensorEntry {
  readonly name: string;
  readonly kind: TensorKind;
  readonly layer: string;
  readonly op: string;
  readonly type: "real" | "index";
  /** With the capacity in axis 0 where there is a batch. */
  readonly shape: readonly number[];
  /** Rows of axis 0 for each example; 0: no batch axis. */
  readonly rowsPerExample: number;
  readonly offset: number;
}

/** The numbers that train and statistics leave in the record, in this order. */
export const record = {
  lossSum: 0,
  examples: 1,
  correct: 2,
  step: 3,
  epoch: 4,
  rate: 5,
  gradientNorm: 6,
  clipped: 7,
  finished: 8,
  clippedByNorm: 9,
  clippedByValue: 10,
  forwardMs: 11,
  backwardMs: 12,
} as const;
export const statistic = { minimum: 0, maximum: 1, mean: 2, deviation: 3, zeroFraction: 4 } as const;
const recordLength = 16;

export type FilePlace = readonly [offset: number, bytes: number];

interface Failure {
  readonly code: ErrorCode;
  readonly where: string;
  readonly message: string;
}

const isFailure = (error: unknown): error is Failure =>
  typeof error === "object" && error !== null && "code" in error && "where" in error && "message" in error;

/** The C++ session, its memory, and its errors as LivegradError. */
export class Core {
  /** Every method of the C++ Session; throws LivegradError. */
  readonly call: WasmSession;
  readonly heap: Heap;
  readonly info: SessionInfo;
  readonly lossCapacity: number;
  readonly #record: number;
  readonly #losses: number;
  readonly #written: number;

  private constructor({ module, variant, threads: asked }: LoadedModule) {
    this.heap = new Heap(module);
    const session = translated(() => new module.Session(asked));
    this.call = new Proxy(session, {
      get: (target, name) => {
        const method = target[name as keyof WasmSession] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => translated(() => method.apply(target, args));
      },
    });
    const { isa, fused, threads, ...places } = JSON.parse(this.call.info()) as Omit<
      SessionInfo,
      "variant"
    > & {
      record: number;
      losses: number;
      lossCapacity: number;
      written: number;
    };
    this.info = { variant, isa, fused, threads };
    this.#record = places.record;
    this.#losses = places.losses;
    this.#written = places.written;
    this.lossCapacity = places.lossCapacity;
  }

  static async load(variant?: Variant): Promise<Core> {
    return new Core(await loadModule(variant));
  }

  /** What train or statistics left. */
  get record(): Float64Array {
    return this.heap.doubles(this.#record, recordLength);
  }

  /** The losses of the last call of train. */
  losses(steps: number): Float32Array {
    return this.heap.floats(this.#losses, steps);
  }

  /** The symbols of the last call of write. */
  written(count: number): Int32Array {
    return this.heap.indices(this.#written, count);
  }

  /** Puts files where C++ can read them while `use` runs; it gets the place of each. */
  withFiles<T>(files: readonly (Uint8Array | Uint8ClampedArray)[], use: (...places: FilePlace[]) => T): T {
    return this.withRoom(
      files.map(({ length }) => length),
      (...places) => {
        places.forEach(([offset, length], i) => this.heap.bytes(offset, length).set(files[i]!));
        return use(...places);
      },
    );
  }

  /** Room for files of so many bytes, while `use` fills it and has it read. */
  withRoom<T>(lengths: readonly number[], use: (...places: FilePlace[]) => T): T {
    const places: FilePlace[] = [];
    try {
      for (const length of lengths) places.push([this.call.allocate(length), length]);
      return use(...places);
    } finally {
      for (const [offset] of places) this.call.release(offset);
    }
  }
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LivegradError) throw error;
    if (isFailure(error)) throw new LivegradError(error.code, error.where, error.message);
    throw new LivegradError(
      "internal",
      "core",
      `Something went wrong in the core: ${error instanceof Error ? error.message : error}`,
    );
  }
}
