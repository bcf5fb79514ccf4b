// How cost grows: networks of which one size grows, point by point.
import { w1, w2, w3, w4 } from "./workloads.js";

const powers = (from, to) =>
  Array.from({ length: 1 + Math.log2(to / from) }, (_, exponent) => from * 2 ** exponent);

/**
 * So small that networks stay as they are drawn: where one has learned all that there is to learn, or units have died,
 * the optimiser's averages fade to denormal numbers, and what is timed is how slowly the processor computes with those.
 */
const rate = 1e-6;

const line = (name, sizes, workload) => ({
  name,
  points: sizes.map((x) => ({ x, workload: { ...workload(x), rate } })),
});

const batch = 32;

/** A convolution from as many channels to as many, behind one of a single pixel that makes them. */
const convolution = (channels) => ({
  side: 14,
  batch,
  optimizer: "sgd",
  layers: [{ conv: channels, kernel: 1 }, { conv: channels, kernel: 3, pool: 14 }, { dense: 10 }],
});

/** Two dense layers of as many units as there are inputs. */
function dense(units) {
  const side = 2 ** Math.ceil(Math.log2(units) / 2);
  return {
    side,
    height: units / side,
    batch: 64,
    optimizer: "sgd",
    layers: [{ dense: units }, { dense: units }, { dense: 10 }],
  };
}

/** Those in threads run in workers with as many of them, by the wall clock; the module takes four at most. */
export const sweeps = [
  {
    name: "batch",
    axis: "batch size",
    lines: [
      line("perceptron (W3)", powers(1, 512), (batch) => ({ ...w3, batch })),
      line("CNN (W1)", powers(1, 512), (batch) => ({ ...w1, batch })),
    ],
  },
  {
    name: "channels",
    axis: "channels in and out",
    lines: [line("3×3 convolution", powers(1, 128), convolution)],
  },
  {
    name: "image",
    axis: "pixels a side",
    lines: [line("CNN (W1)", [8, 12, 16, 24, 32, 48, 64], (side) => ({ ...w1, side, batch }))],
  },
  {
    name: "hidden",
    axis: "hidden units",
    lines: [
      line("dense", powers(16, 1024), dense),
      line("LSTM of 16 steps", powers(16, 1024), (units) => ({ ...w4, units, batch, sequence: 16 })),
    ],
  },
  {
    name: "threads",
    axis: `threads, on ${navigator.hardwareConcurrency} cores`,
    inThreads: true,
    lines: [
      line("W2", [1, 2, 3, 4], () => ({ ...w2, batch: 64 })),
      line("W1", [1, 2, 3, 4], () => ({ ...w1, batch: 64 })),
    ],
  },
];
