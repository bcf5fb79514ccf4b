import type { Spec } from "../api";

export const cells = ["rnn", "gru", "lstm"] as const;
export type Cell = (typeof cells)[number];
export const cellNames: Record<Cell, string> = { rnn: "RNN", gru: "GRU", lstm: "LSTM" };

/** A recurrent network as the page's choices describe it. */
export interface TextNetwork {
  cell: Cell;
  layers: number;
  width: number;
}

export const kMaxLayers = 3;
export const widths = [16, 32, 64, 128, 256, 512];
export const usual: TextNetwork = { cell: "lstm", layers: 1, width: 128 };

/** "lstm-2x128": what the address and file names say. */
export function idOf({ cell, layers, width }: TextNetwork): string {
  return `${cell}-${layers}x${width}`;
}

/** The network of an id; null when it is none. */
export function parseId(id: string | null): TextNetwork | null {
  const match = /^(rnn|gru|lstm)-([1-9])x(\d{1,4})$/.exec(id ?? "");
  if (!match) return null;
  const network = { cell: match[1] as Cell, layers: Number(match[2]), width: Number(match[3]) };
  return network.layers <= kMaxLayers && widths.includes(network.width) ? network : null;
}

export function specOf({ cell, layers, width }: TextNetwork, symbols: number): Spec {
  const plain = cell === "rnn";
  return {
    name: `${cellNames[cell]}, ${layers === 1 ? "1 layer" : `${layers} layers`} of ${width}`,
    input: { symbols, sequence: 64 },
    layers: [
      { [cell]: width, ...(layers > 1 ? { layers } : {}), carry: true, name: cell },
      { dense: "symbols", name: "output" },
      { loss: "softmax" },
    ],
    training: {
      optimizer: { type: "adam", rate: plain ? 0.002 : 0.005, clip_norm: 1 },
      batch: 32,
      epochs: 100,
    },
  };
}
