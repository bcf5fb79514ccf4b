import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { createSession, type Frame } from "../../web/src/api/direct";
import { expectError, lossesOf, readModel, root, smallNet, start } from "./support";

const softmax = (scores: Float32Array) => {
  const powers = [...scores].map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each));
};

test("evaluating counts every example of a split", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(80);
  const progress: [number, number][] = [];
  const result = await model.evaluate("test", { onProgress: (done, total) => progress.push([done, total]) });
  expect(result).toMatchObject({ split: "test", examples: 100 });
  expect(result.accuracy! + result.error!).toBeCloseTo(100, 9);
  expect(result.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(100);
  expect(result.confusion.reduce((sum, row, label) => sum + row[label]!, 0)).toBe(result.correct);
  expect(result.interval!.low).toBeLessThan(result.error!);
  expect(result.interval!.high).toBeGreaterThan(result.error!);
  expect(progress.at(-1)).toEqual([100, 100]);
  const predictions = await model.predict(
    Array.from({ length: 100 }, (_, index) => ({ split: "test" as const, index })),
  );
  expect(predictions.filter(({ best, label }) => best === label).length).toBe(result.correct);
  expect(predictions.reduce((sum, { loss }) => sum + loss, 0) / 100).toBeCloseTo(result.loss, 5);
  await expectError(model.evaluate("validation"), "invalid_argument", /hold_out/);
});

test("a test can be given up", async () => {
  await using made = await start();
  const controller = new AbortController();
  const result = made.model.evaluate("test", { signal: controller.signal });
  controller.abort();
  await expect(result).rejects.toMatchObject({ name: "AbortError" });
});

test("predictions are probabilities of the scores", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(50);
  const [first, second] = await model.predict([
    { split: "test", index: 3 },
    { split: "training", index: 7 },
  ]);
  expect(first!.probabilities!.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
  softmax(first!.output).forEach((p, k) => expect(first!.probabilities![k]).toBeCloseTo(p, 5));
  expect(second!.best).toBe(second!.probabilities!.indexOf(Math.max(...second!.probabilities!)));
  expect(first!.loss).toBeCloseTo(-Math.log(first!.probabilities![first!.label]!), 4);
});

test("pixels of one's own are read like those of the data set", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(10);
  const [example] = await model.dataset!.examples("test", [5]);
  const [mine, theirs, unlabelled] = await model.predict([
    { pixels: example!.pixels, label: example!.label },
    { split: "test", index: 5 },
    { pixels: example!.pixels },
  ]);
  expect(mine).toEqual(theirs);
  expect(unlabelled).toMatchObject({ label: -1, loss: 0, best: theirs!.best });
  await expectError(model.predict([{ pixels: new Uint8Array(9) }]), "shape_mismatch", /9 bytes/);
  await expectError(
    model.predict([{ pixels: new Uint8Array(100), shape: [1, 10, 10] }]),
    "shape_mismatch",
    /10x10.*28x28/,
  );
  await expectError(model.predict([{ split: "test", index: 100 }]), "invalid_argument", /no example 100/);
});

test("larger pictures are cut at the centre when the network learns from crops", async () => {
  await using made = await start({
    input: [1, 24, 24],
    layers: [{ dense: 10, name: "output" }, { loss: "softmax" }],
    training: { augmentation: { crop: 24 } },
  });
  const { model } = made;
  const [example] = await model.dataset!.examples("test", [0]);
  const centre = new Uint8Array(24 * 24);
  for (let y = 0; y < 24; ++y)
    centre.set(example!.pixels.subarray((y + 2) * 28 + 2, (y + 2) * 28 + 26), y * 24);
  const [whole, cut] = await model.predict([
    { pixels: example!.pixels },
    { pixels: centre, shape: [1, 24, 24] },
  ]);
  expect(cut).toEqual(whole);
});

test("tensors are read as they are, of the example looked at or of the last batch", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(3);
  await model.look({ split: "test", index: 2 });
  const [example] = await model.dataset!.examples("test", [2]);
  const input = model.tensors.find(({ layer, op, kind }) => layer === "" && op === "" && kind === "value")!;
  const pixels = await model.read(input.name);
  expect(pixels.length).toBe(784);
  pixels.forEach((value, i) => expect(value).toBeCloseTo(example!.pixels[i]! / 255, 6));

  // The pooled maps follow from the convolution's, [4, 12, 12].
  const maps = await model.read("conv1.out");
  const pooled = await model.read("pool1.out");
  expect([maps.length, pooled.length]).toEqual([4 * 144, 4 * 36]);
  pooled.forEach((value, i) => {
    const first = Math.floor(i / 6) * 24 + (i % 6) * 2;
    expect(value).toBe(Math.max(...[0, 1, 12, 13].map((offset) => maps[first + offset]!)));
  });

  const weight = await model.read("output.weight");
  const bias = await model.read("output.bias");
  expect([weight.length, bias.length]).toEqual([10 * 144, 10]);
  const gradient = await model.read("output.weight", { gradient: true });
  expect(gradient.some((value) => value !== 0)).toBe(true);
  await expectError(model.read("conv9.out"), "not_found", /conv9\.out/);
  await expectError(model.read("pool1.out", { batchIndex: 20 }), "invalid_argument", /batch of 20/);

  // In a training step the activation's gradient becomes that of the product in place; the probe has it.
  const kinds = model.tensors.filter(({ name }) => name === "conv1.out").map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(["gradient", "value"]);
  const batched = await model.read("conv1.out", { batchIndex: 19 });
  expect(Math.min(...batched)).toBe(0);
  expect((await model.read("conv1.out", { gradient: true })).length).toBe(batched.length);
  await expectError(
    model.read("conv1.out", { gradient: true, batchIndex: 19 }),
    "not_found",
    /no gradient of a tensor "conv1\.out" in a training step/,
  );
});

test("a layer's tensor is what the layer gives, also where an activation takes the place of a product", async () => {
  await using made = await start({
    input: [1, 28, 28],
    layers: [
      { conv: 6, kernel: 5, act: "tanh", name: "C1" },
      { pool: 4, name: "S2" },
      { conv: 16, kernel: 5, connections: "lenet5", act: "tanh", name: "C3" },
      { dense: 10, name: "output" },
      { loss: "softmax" },
    ],
    training: { batch: 20 },
  });
  const { model } = made;
  await model.stepOnce(1);
  await model.look({ split: "test", index: 2 });
  for (const kind of ["value", "gradient"])
    expect(model.tensors.filter((tensor) => tensor.name === "C3.out" && tensor.kind === kind)).toMatchObject([
      { shape: [16, 2, 2], perExample: true },
    ]);
  expect((await model.read("C3.out", { gradient: true })).length).toBe(64);
  expect((await model.read("C3.out", { batchIndex: 0 })).length).toBe(64);
  // Not that of the weights under the connection table, which have the same name.
  await expectError(
    model.read("C3.out", { gradient: true, batchIndex: 0 }),
    "not_found",
    /in a training step/,
  );
});

test("the dense layer's output is its equation", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(5);
  const { output } = await model.look({ split: "test", index: 1 });
  const x = await model.read("pool1.out");
  const weight = await model.read("output.weight");
  const bias = await model.read("output.bias");
  for (let k = 0; k < 10; ++k) {
    let sum = bias[k]!;
    for (let i = 0; i < x.length; ++i) sum += weight[k * x.length + i]! * x[i]!;
    expect(output[k]).toBeCloseTo(sum, 4);
  }
});

test("what is watched comes with every tick, and when it changes while paused", async () => {
  await using made = await start();
  const { model } = made;
  const frames: Frame[] = [];
  const watch = await model.watch({ tensor: "pool1.out" }, (frame) => frames.push(frame));
  const arrived = (count: number) => vi.waitFor(() => expect(frames.length).toBe(count), { timeout: 30_000 });
  await arrived(1);
  expect(frames[0]).toMatchObject({ shape: [4, 6, 6], grid: null });
  expect(frames[0]!.values).toEqual(await model.read("pool1.out"));
  await model.look({ split: "test", index: 9 });
  await arrived(2);
  const { values, minimum, maximum, mean, zeroFraction, range } = frames[1]!;
  expect(minimum).toBe(Math.min(...values!));
  expect(maximum).toBe(Math.max(...values!));
  expect(mean).toBeCloseTo(values!.reduce((sum, value) => sum + value) / values!.length, 6);
  expect(zeroFraction).toBeCloseTo(values!.filter((value) => value === 0).length / values!.length, 9);
  expect(range[0]).toBe(-range[1]);

  await watch.pause();
  await model.stepOnce(30);
  expect(frames.length).toBe(2);
  await watch.resume();
  await arrived(3);
  expect(frames[2]!.step).toBe(30);
  await watch.update({ tensor: "conv1.weight", gradient: true });
  await arrived(4);
  expect(frames[3]!.shape).toEqual([4, 1, 5, 5]);
  await watch.close();
  await model.stepOnce(5);
  expect(frames.length).toBe(4);
});

test("gradients of the example looked at belong to its label", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(5);
  const prediction = await model.look({ split: "test", index: 4 });
  // d loss / d scores = probabilities - one-hot
  const gradient = await model.read("output.out", { gradient: true });
  prediction.probabilities!.forEach((p, k) =>
    expect(gradient[k]).toBeCloseTo(p - (k === prediction.label ? 1 : 0), 5),
  );
});

test("bad watches are refused", async () => {
  await using made = await start();
  const { model } = made;
  await expectError(model.watch({ tensor: "nothing" }), "not_found", /nothing/);
  await expectError(model.watch({ tensor: "pool1.out", shape: [1, 5, 5] }), "invalid_argument", /1x5x5/);
  await expectError(model.watch({ tensor: "pool1.out", scale: 0 }), "invalid_argument", /scale/);
});

test("looking changes nothing: the same losses, bit for bit, with a look at everything after every step", async () => {
  await using quiet = await start();
  await using watched = await start();
  const losses = await lossesOf(quiet.model, 40);
  const seen: number[] = [];
  await watched.model.watch({ tensor: "conv1.weight" });
  await watched.model.watch({ tensor: "pool1.out", gradient: true });
  for (let step = 0; step < 40; ++step) {
    seen.push(...(await lossesOf(watched.model, 1)));
    await watched.model.look({ split: "test", index: step });
    await watched.model.predict([{ split: "training", index: step }]);
    await watched.model.read("pool1.out", { gradient: true });
    if (step % 10 === 0) await watched.model.evaluate("test");
  }
  expect(seen).toEqual([...losses]);
});

test("a network over another input still shows something", async () => {
  await using made = await start();
  const { model } = made;
  await model.look({ split: "test", index: 1 });
  await model.replace({ ...smallNet, input: [1, 24, 24], training: { augmentation: { crop: 24 } } });
  await model.data(await made.session.datasets.drawn({ training: 50, test: 10 }));
  expect((await model.read("pool1.out")).length).toBe(4 * 5 * 5);
});

test("a drawing is framed as MNIST's digits are, and read", async () => {
  const session = await createSession();
  const side = 100;
  const ink = new Uint8Array(side * side);
  for (let row = 60; row < 90; row++) ink.fill(255, row * side + 80, row * side + 83); // a thin 1 in a corner
  const pixels = await session.frameDigit(ink, side, side);
  expect(pixels).toHaveLength(784);
  const rows = Array.from({ length: 28 }, (_, row) =>
    pixels.subarray(28 * row, 28 * row + 28).some((p) => p > 0),
  );
  expect(rows.indexOf(true)).toBe(4);
  expect(rows.lastIndexOf(true)).toBe(23);

  const model = await session.compile(readModel("convnetjs-mnist"));
  await model.load(readFileSync(`${root}web/models/convnetjs-mnist.safetensors`));
  const [prediction] = await model.predict([{ pixels, shape: [1, 28, 28] }]);
  expect(prediction!.best).toBe(1);

  expect((await session.frameDigit(new Uint8Array(12), 3, 4)).every((p) => p === 0)).toBe(true);
  await expectError(session.frameDigit(new Uint8Array(12), 5, 4), "invalid_argument", /5x4/);
  await expectError(session.frameDigit(new Uint8Array(0), 0, 0), "invalid_argument", /1 to 4096/);
  session.close();
});

test("tensors read together belong to one moment, for examples of one's choice", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(20);
  const { input, output } = model.layers.reduce(
    (found, { id, kind }) => (kind === "dense" ? { ...found, output: id } : found),
    { input: "input", output: "" },
  );
  const examples = Array.from({ length: 20 }, (_, index) => ({ split: "test" as const, index }));
  const [weights, scores, gradients] = await model.readAll(
    [{ tensor: `${output}.weight` }, { tensor: `${output}.out` }, { tensor: input, gradient: true }],
    examples,
  );
  expect(weights).toEqual(await model.read(`${output}.weight`));
  const predictions = await model.predict(examples);
  const classes = model.classes;
  predictions.forEach((prediction, i) =>
    expect(prediction.output).toEqual(scores!.slice(i * classes, (i + 1) * classes)),
  );
  await model.look(examples[17]!);
  const [looked] = await model.readAll([{ tensor: input, gradient: true }]);
  expect(looked!.some((slope) => slope !== 0)).toBe(true);
  expect(gradients!.slice(17 * looked!.length, 18 * looked!.length)).toEqual(looked);
  await expectError(model.readAll([{ tensor: "nothing" }]), "not_found", /nothing/);
});

test("how far a step moves each parameter is measured, and changes nothing", async () => {
  await using made = await start();
  await using other = await start();
  await other.model.stepOnce(12);
  await made.model.stepOnce(5);
  const names = made.model.tensors.filter(({ kind }) => kind === "parameter").map(({ name }) => name);
  const before = await made.model.readAll(names.map((tensor) => ({ tensor })));
  const measured = made.model.measureUpdate();
  await made.model.stepOnce(1);
  const after = await made.model.readAll(names.map((tensor) => ({ tensor })));
  const updates = await measured;
  expect(updates.map(({ parameter }) => parameter)).toEqual(names);
  updates.forEach(({ weights, change }, i) => {
    expect(Math.sqrt(weights)).toBeCloseTo(Math.hypot(...before[i]!), 5);
    expect(Math.sqrt(change)).toBeCloseTo(
      Math.hypot(...after[i]!.map((value, k) => value - before[i]![k]!)),
      5,
    );
    expect(change).toBeGreaterThan(0);
  });
  const later = made.model.measureUpdate();
  await made.model.stepOnce(6);
  expect((await later).length).toBe(names.length);
  expect(await made.model.read(names[0]!)).toEqual(await other.model.read(names[0]!));
  const never = made.model.measureUpdate();
  await made.model.close();
  expect(await never).toEqual([]);
});
