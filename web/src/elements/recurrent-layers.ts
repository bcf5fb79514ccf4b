import type { Model } from "../api";
import type { Cell } from "./text-networks";

/** A recurrent layer of a network, by the names of its tensors. */
export interface RecurrentLayer {
  /** "lstm", or "lstm.layer2": what the names of its tensors begin with. */
  readonly name: string;
  readonly cell: Cell;
  readonly units: number;
  /** What the network keeps of each step, with its place: tensor and slot. */
  readonly parts: readonly Part[];
}

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly tensor: string;
  /** Row of the tensor's [slots, units]. */
  readonly slot: number;
  /** Smallest number it can have: 0 for gates, -1 for states. */
  readonly low: 0 | -1;
}

const gates: Record<Cell, readonly (readonly [title: string, low: 0 | -1])[]> = {
  rnn: [],
  gru: [
    ["reset gate r", 0],
    ["update gate z", 0],
    ["candidate n", -1],
  ],
  lstm: [
    ["input gate i", 0],
    ["forget gate f", 0],
    ["candidate g", -1],
    ["output gate o", 0],
  ],
};

/** The recurrent layers of a network, the first first. */
export function recurrentLayers(model: Model): RecurrentLayer[] {
  return model.tensors
    .filter(({ name, kind, op }) => kind === "value" && op in gates && name.endsWith(".gates"))
    .map(({ name: tensor, op, shape }) => {
      const cell = op as Cell;
      const name = tensor.slice(0, -".gates".length);
      const part = (title: string, of: string, slot: number, low: 0 | -1): Part => ({
        id: title,
        title,
        tensor: `${name}.${of}`,
        slot,
        low,
      });
      return {
        name,
        cell,
        units: shape.at(-1)!,
        parts: [
          part("state h", "h", 0, -1),
          ...(cell === "lstm" ? [part("cell c", "c", 0, -1)] : []),
          ...gates[cell].map(([title, low], slot) => part(title, "gates", slot, low)),
        ],
      };
    });
}
