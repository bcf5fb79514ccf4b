// Measures one workload: every library that can do it, in turns.
import brain from "./brain.js";
import convnetjs from "./convnetjs.js";
import jax from "./jax.js";
import livegrad from "./livegrad.js";
import onnx from "./onnx.js";
import { fusedMultiplyAdd, multiplyThenAdd, peakOperations } from "./peaks.js";
import recurrent from "./recurrent.js";
import tfjs from "./tfjs.js";
import { timed, warmUp } from "./timing.js";
import { products, w1, w2, w3, w4 } from "./workloads.js";

const contestants = [
  livegrad(false),
  livegrad(true),
  convnetjs(),
  tfjs("cpu"),
  tfjs("wasm"),
  jax(),
  onnx(),
  brain(),
  recurrent(),
  multiplyThenAdd(),
  fusedMultiplyAdd(),
];

/** What one unit of run() is worth. */
const training = ({ title, batch, sequence = 1 }, what = "examples") => ({
  metric: "training",
  title,
  unit: `${what}/s`,
  amount: batch * sequence,
});
const inference = (net) => ({
  metric: "inference",
  title: `Inference, ${net}'s net, batch 1`,
  unit: "examples/s",
  amount: 1,
});
const arithmetic = (title, operations) => ({
  metric: "arithmetic",
  title,
  unit: "GFLOP/s",
  amount: operations / 1e9,
});
const workloads = {
  W1: training(w1),
  W2: training(w2),
  W3: training(w3),
  W4: training(w4, "characters"),
  W6: { metric: "sampling", title: "W6: sampling from W4's net, batch 1", unit: "characters/s", amount: 1 },
  "inference W1": inference("W1"),
  "inference W2": inference("W2"),
  ...products((side) => arithmetic(`sgemm ${side} cubed`, 2 * side ** 3)),
  peak: arithmetic("128-bit peak, registers alone", peakOperations),
};

/** Milliseconds of warm-up and of a measurement. */
const kTimes = { least: 2000, measurement: 500 };
/** Milliseconds after which a library that takes longer for a measurement has no more turns. */
const kPatience = 60_000;
/** After so many steps the loss must have fallen. */
const kStepsToLearn = 200;

async function prepare(contestant, name) {
  const { peer } = contestant;
  const work = await contestant.workloads[name]();
  const variant = await contestant.variant();
  await report(`${name}: ${peer} (${variant}) warms up`);
  const { amount, done, firstLoss, lastLoss } = await warmUp(work, kTimes);
  if (workloads[name].metric === "training") {
    const learned = `${done} steps took the loss from ${firstLoss.toFixed(2)} to ${lastLoss.toFixed(2)}`;
    await report(`${name}: ${peer} (${variant}): ${learned}`);
    if (!Number.isFinite(lastLoss) || (done >= kStepsToLearn && lastLoss >= firstLoss))
      throw new Error(`it does not learn: ${learned}`);
  }
  return { peer, variant, work, amount, values: [], spent: 0 };
}

window.workloadNames = Object.keys(workloads);
window.measure = async (name, runs) => {
  const { title, metric, unit, amount } = workloads[name];
  const ready = [];
  const failed = [];
  for (const contestant of contestants.filter(({ workloads }) => name in workloads))
    try {
      ready.push(await prepare(contestant, name));
    } catch (error) {
      failed.push({ peer: contestant.peer, variant: await contestant.variant(), why: error.message });
    }
  for (let run = 1; run <= runs; run++) {
    await report(`${name}: run ${run} of ${runs}`);
    for (const each of ready.filter(({ spent }) => spent < kPatience)) {
      const { ms } = await timed(each.work, each.amount);
      each.spent += ms;
      each.values.push((1000 * amount * each.amount) / ms);
    }
  }
  return {
    name,
    title,
    metric,
    unit,
    failed,
    results: ready.map(({ peer, variant, values }) => ({ peer, variant, values })),
  };
};
