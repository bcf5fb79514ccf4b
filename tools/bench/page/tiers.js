// Trains W1 from its first step on, while V8 still compiles.
import { createSession } from "/livegrad/direct.js";
import { imageModel } from "./nets.js";
import { timed, warmUp } from "./timing.js";
import { w1 } from "./workloads.js";

/** Milliseconds of warm-up and of a measurement. */
const kTimes = { least: 1500, measurement: 1000 };

const kFirst = 20;
window.measure = async () => {
  const session = await createSession();
  const model = await imageModel(session, w1, 2000);
  const work = { run: (steps) => model.stepOnce(steps) };
  const first = await timed(work, kFirst);
  const { amount } = await warmUp(work, kTimes);
  const later = await timed(work, amount);
  return {
    variant: session.info.variant,
    speed: (1000 * w1.batch * amount) / later.ms,
    longer: first.ms - (kFirst * later.ms) / amount,
  };
};
