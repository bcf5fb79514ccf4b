import { expect, test } from "vitest";
import type { Tick } from "../../web/src/api/direct";
import { expectError, lossesOf, smallNet, start } from "./support";

test("training learns, one tick after the other, and ends", async () => {
  await using made = await start();
  const { model } = made;
  const ticks: Tick[] = [];
  for await (const tick of model.train()) ticks.push(tick);
  expect(model.state).toBe("finished");
  expect(model.step).toBe((4 * 500) / 20);
  expect(model.epoch).toBe(4);
  expect(ticks.reduce((steps, tick) => steps + tick.losses.length, 0)).toBe(100);
  expect(ticks.reduce((examples, tick) => examples + tick.examples, 0)).toBe(2000);
  expect(ticks[0]!.losses[0]).toBeGreaterThan(1.5);
  const last = ticks.at(-1)!;
  expect(last.losses.at(-1)).toBeLessThan(1);
  expect(last.accuracy).toBeGreaterThan(60);
  expect(last.examplesPerSecond).toBeGreaterThan(100);
  expect(last.gradientNorm).toBeGreaterThan(0);
  expect(last.rate).toBe(0.05);
});

test("a run that is over goes on when asked to be endless", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(100);
  for await (const tick of model.train()) expect(tick).toBeNull();
  expect(model.state).toBe("finished");
  for await (const tick of model.train({ endless: true, steps: 7 })) expect(tick.examples).toBeGreaterThan(0);
  expect(model.step).toBe(107);
  expect(model.state).toBe("paused");
});

test("leaving the loop pauses; pausing elsewhere ends the loop", async () => {
  await using made = await start();
  const { model } = made;
  for await (const tick of model.train({ endless: true })) if (tick.step > 3) break;
  expect(model.state).toBe("paused");
  const { step } = model;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(model.step).toBe(step);

  let ticks = 0;
  for await (const tick of model.train({ endless: true }))
    if (tick.examples > 0 && ++ticks === 2) void model.pause();
  expect(model.state).toBe("paused");
});

test("exactly so many steps, whatever the bundling", async () => {
  await using made = await start();
  const { model } = made;
  const one = await model.stepOnce();
  expect([one.step, one.losses.length, one.examples]).toEqual([1, 1, 20]);
  const many = await model.stepOnce(33);
  expect([many.step, many.losses.length, model.step]).toEqual([34, 33, 34]);
  await expectError(model.stepOnce(0), "invalid_argument", /whole number from 1/);
});

test("a tick tells what the passes of an example took", async () => {
  await using made = await start();
  const before = performance.now();
  const { examples, msPerExample } = await made.model.stepOnce();
  const elapsed = performance.now() - before;
  expect(msPerExample.forward).toBeGreaterThan(0);
  expect(msPerExample.backward).toBeGreaterThan(0);
  expect(examples * (msPerExample.forward + msPerExample.backward)).toBeLessThan(elapsed);
});

test("the losses do not depend on how steps are bundled", async () => {
  await using one = await start();
  await using two = await start();
  const losses = await lossesOf(one.model, 60);
  const parts: number[] = [];
  for (const steps of [1, 2, 7, 20, 30]) parts.push(...(await lossesOf(two.model, steps)));
  expect(parts).toEqual([...losses]);
});

test("starting over begins anew from the seed", async () => {
  await using made = await start();
  const { model } = made;
  let resets = 0;
  model.on("reset", () => ++resets);
  const first = await lossesOf(model, 10);
  await model.startOver();
  expect([model.step, model.epoch]).toEqual([0, 0]);
  expect([...(await lossesOf(model, 10))]).toEqual([...first]);
  await model.startOver(2);
  expect(model.options.seed).toBe(2);
  expect([...(await lossesOf(model, 10))]).not.toEqual([...first]);
  expect(resets).toBe(2);
  await expectError(model.startOver(-1), "invalid_argument", /seed/);
  await expectError(model.startOver(2 ** 60), "invalid_argument", /seed/);
});

test("settings change between two steps; a bad one changes nothing", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(3);
  const options = await model.setOptions({ optimizer: { rate: 0.01, momentum: 0.5 } });
  expect(options.optimizer).toMatchObject({ type: "momentum", rate: 0.01, momentum: 0.5 });
  expect((await model.stepOnce()).rate).toBe(0.01);
  await model.setOptions({ optimizer: "adam", batch: 5 });
  expect(model.options.optimizer).toMatchObject({ type: "adam", rate: 0.001 });
  expect((await model.stepOnce()).examples).toBe(5);
  await model.setOptions({ batch: 64 }); // above the capacity: compiled anew
  expect((await model.stepOnce()).examples).toBe(64);
  await expectError(model.setOptions({ optimizer: { rate: -1 } }), "invalid_spec", /rate/);
  await expectError(model.setOptions({ batch: 2.5 }), "invalid_spec", /batch/);
  expect(model.options).toMatchObject({ batch: 64, optimizer: { type: "adam", rate: 0.001 } });
});

test("settings may change while it runs", async () => {
  await using made = await start();
  const { model } = made;
  let changed = false;
  for await (const tick of model.train({ endless: true })) {
    if (tick.step > 5 && !changed) {
      changed = true;
      await model.setOptions({ optimizer: { rate: 0.0123 } });
    } else if (changed && tick.rate === 0.0123) break;
  }
  expect(model.options.optimizer.rate).toBe(0.0123);
});

test("a value that goes infinite stops training with a reason, and loses nothing", async () => {
  await using made = await start({
    input: [1, 28, 28],
    layers: [{ dense: 10, name: "output" }, { loss: "squared" }],
    training: { optimizer: { type: "sgd", rate: 0.001 } },
  });
  const { model } = made;
  await model.stepOnce(20);
  await model.setOptions({ optimizer: { rate: 1000 } });
  const weight = () => model.read("output.weight");
  const ticks: Tick[] = [];
  for await (const tick of model.train({ endless: true, steps: 2000 })) ticks.push(tick);
  const last = ticks.at(-1)!;
  expect(model.state).toBe("nonfinite");
  expect(last.state).toBe("nonfinite");
  expect(last.firstNonfinite).toMatch(/^(output|loss1)\./);
  expect(last.message).toContain(last.firstNonfinite);
  expect(last.message).toMatch(/Lower the learning rate/);
  expect((await weight()).every(Number.isFinite)).toBe(true);
  const { step } = model;
  await model.setOptions({ optimizer: { rate: 0.01 } });
  expect(model.state).toBe("paused");
  expect(model.step).toBe(step);
  await model.startOver();
  expect((await lossesOf(model, 5)).every(Number.isFinite)).toBe(true);
});

test("without data there is a sentence, not a crash", async () => {
  await using made = await start();
  const model = await made.session.compile(smallNet);
  await expectError(model.run(), "invalid_argument", /no examples to learn from/);
  await expectError(model.stepOnce(), "invalid_argument", /no examples to learn from/);
  await expectError(model.evaluate("test"), "invalid_argument", /Give the model data/);
  await expectError(model.predict([{ split: "test", index: 0 }]), "invalid_argument", /example/);
});

test("validation happens exactly where it was asked for, and is in the history", async () => {
  await using made = await start();
  const { model } = made;
  const steps: number[] = [];
  for await (const tick of model.train({ validate: { split: "test", every: 0.5, examples: 50 } }))
    if (tick.validation) steps.push(tick.validation.step);
  // Ticks may be merged; the history has them all: 25 steps an epoch, so after 12.5 and 25.
  const history = await model.history();
  expect([...history.validation.step]).toEqual([13, 25, 38, 50, 63, 75, 88, 100]);
  expect(steps.every((step) => history.validation.step.includes(step))).toBe(true);
  expect(history.training.step.at(-1)).toBe(100);
  expect(history.training.loss[0]).toBeGreaterThan(history.training.loss.at(-1)!);
});

test("kept-aside examples are validated after every epoch by default", async () => {
  await using made = await start({
    ...smallNet,
    training: { ...smallNet.training, hold_out: 100, epochs: 2 },
  });
  const { model } = made;
  for await (const tick of model.train()) void tick;
  expect([...(await model.history()).validation.step]).toEqual([20, 40]);
});
