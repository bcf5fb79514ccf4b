// Measures how cost grows: the points of a sweep in turns.
import { createSession } from "/livegrad/direct.js";
import { fusedMultiplyAdd, multiplyThenAdd, peakOperations } from "./peaks.js";
import { makeStep } from "./step.js";
import { sweeps } from "./sweeps.js";
import { timed, warmUp } from "./timing.js";

/** Milliseconds of warm-up and of a measurement. */
const kTimes = { least: 600, measurement: 150 };

const session = await createSession();

/** The step of a network in a worker with threads of its own, which the tab's clock does not see. */
async function inWorker(workload, threads) {
  const worker = new Worker("threads.js", { type: "module", name: String(threads) });
  const answer = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
      worker.onerror = (event) => reject(new Error(`a worker failed: ${event.message}`));
    });
  const ask = (question) => {
    worker.postMessage(question);
    return answer();
  };
  await answer();
  const made = await ask({ workload });
  if (made.threads !== threads) throw new Error(`there are ${made.threads} threads instead of ${threads}`);
  return {
    operations: made.operations,
    clock: async () => performance.now(),
    run: async (steps) => (await ask({ steps })).loss,
    close: () => worker.terminate(),
  };
}

/** What 128-bit arithmetic reaches at most, measured in the same turns. */
async function peak() {
  const { workloads } = session.info.fused ? fusedMultiplyAdd() : multiplyThenAdd();
  return { ...(await workloads.peak()), close() {} };
}

/** Warmed up; its values are milliseconds of an example. */
async function prepare(name, step, examples) {
  const { amount, lastLoss } = await warmUp(step, { ...kTimes, clock: step.clock });
  if (lastLoss !== undefined && !Number.isFinite(lastLoss))
    throw new Error(`${name}: the loss is ${lastLoss}`);
  return { step, amount, examples, values: [] };
}

// Threads come with relaxed SIMD only.
const possible = sweeps.filter(({ inThreads }) => !inThreads || session.info.variant === "relaxed");
window.sweepNames = possible.map(({ name }) => name);
window.variant = session.info.variant;
window.measure = async (name, runs) => {
  const { axis, inThreads, lines } = sweeps.find((sweep) => sweep.name === name);
  const each = [];
  const measured = [];
  for (const { name: net, points } of lines) {
    await report(`${name}: ${net} warms up at ${points.map(({ x }) => x).join(", ")}`);
    measured.push({ name: net, points: [] });
    for (const { x, workload } of points) {
      const step = inThreads ? await inWorker(workload, x) : await makeStep(session, workload);
      const ready = await prepare(`${net} at ${x}`, step, workload.batch);
      each.push(ready);
      measured.at(-1).points.push({ x, operations: step.operations, ms: ready.values });
    }
  }
  const ceiling = inThreads ? null : await prepare("peak", await peak(), 1);
  if (ceiling) each.push(ceiling);
  for (let run = 1; run <= runs; run++) {
    await report(`${name}: run ${run} of ${runs}`);
    for (const { step, amount, examples, values } of each)
      values.push((await timed(step, amount, step.clock)).ms / (amount * examples));
  }
  for (const { step } of each) await step.close();
  return { name, axis, lines: measured, peak: ceiling && { operations: peakOperations, ms: ceiling.values } };
};
