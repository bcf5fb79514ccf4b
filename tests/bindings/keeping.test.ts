import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { createSession, type Spec } from "../../web/src/api/direct";
import { expectError, lossesOf, readModel, root, smallNet, start } from "./support";

/** Everything that has state: dropout, batch normalisation, Adam, a schedule, augmentation, averaged weights. */
const everything = JSON.parse(readFileSync(`${root}tests/golden/everything.json`, "utf8")) as Spec;
const digits = { training: 600, test: 50 };

test("replacing the network keeps the weights of layers that still fit", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(10);
  const weight = await model.read("conv1.weight");
  const output = await model.read("output.weight");
  const heard: string[] = [];
  model.on("network", () => heard.push("network"));
  const kept = await model.replace({
    ...smallNet,
    layers: [
      smallNet.layers[0]!,
      smallNet.layers[1]!,
      { dense: 20, act: "relu", name: "hidden" },
      ...smallNet.layers.slice(2),
    ],
  });
  expect(kept).toEqual(["conv1.weight", "conv1.bias"].concat(kept.filter((name) => name === "output.bias")));
  expect(await model.read("conv1.weight")).toEqual(weight);
  expect((await model.read("output.weight")).length).toBe(200);
  expect((await model.read("output.weight")).subarray(0, 10)).not.toEqual(output.subarray(0, 10));
  expect(model.step).toBe(10);
  expect(model.layers.map(({ id }) => id)).toEqual(["conv1", "pool1", "hidden", "output", "loss1"]);
  expect(heard).toEqual(["network"]);
  expect((await lossesOf(model, 20)).every(Number.isFinite)).toBe(true);
});

test("a network that does not fit replaces nothing", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(5);
  const before = { spec: model.spec, weight: await model.read("conv1.weight") };
  await expectError(
    model.replace({ ...smallNet, layers: [{ conv: 4, kernel: 50 }, { loss: "softmax" }] }),
    "shape_mismatch",
    /kernel 50/,
  );
  await expectError(model.replace("[]"), "invalid_spec", /./);
  expect(model.spec).toEqual(before.spec);
  expect(await model.read("conv1.weight")).toEqual(before.weight);
  expect(model.step).toBe(5);
});

test("a file resumes in another session with the same next losses, bit for bit", async () => {
  await using one = await start(everything, digits);
  await one.model.stepOnce(45); // in the middle of the second pass
  const file = await one.model.save();
  const losses = await lossesOf(one.model, 30);

  const session = await createSession();
  const model = await session.compile(smallNet);
  await model.load(file);
  await model.data(await session.datasets.drawn(digits));
  expect(model.step).toBe(45);
  expect(model.epoch).toBeCloseTo((45 * 16) / 500, 1);
  expect([...(await lossesOf(model, 30))]).toEqual([...losses]);
  const history = await model.history();
  expect(history.training.step.at(-1)).toBeGreaterThan(45);
  session.close();
});

test("loading over a run in progress takes it back", async () => {
  await using made = await start(everything, digits);
  const { model } = made;
  await model.stepOnce(10);
  const file = await model.save();
  const losses = await lossesOf(model, 10);
  await model.load(file);
  expect(model.step).toBe(10);
  expect([...(await lossesOf(model, 10))]).toEqual([...losses]);
});

test("damaged files change nothing", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(5);
  const file = await model.save();
  const losses = await lossesOf(model, 5);
  await model.load(file);
  const weight = await model.read("conv1.weight");
  for (const length of [0, 1, 8, 100, file.length - 1]) {
    await expectError(model.load(file.subarray(0, length)), "invalid_checkpoint", /./);
  }
  const longer = new Uint8Array(file.length + 4);
  longer.set(file);
  await expectError(model.load(longer), "invalid_checkpoint", /./);
  await expectError(model.load(new Uint8Array(1000).fill(255)), "invalid_checkpoint", /./);
  expect(await model.read("conv1.weight")).toEqual(weight);
  expect([...(await lossesOf(model, 5))]).toEqual([...losses]);
});

test(
  "a native checkpoint opens here, and goes on with the bits that the command line has",
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "livegrad-"));
    try {
      const spec = path.join(folder, "net.json");
      writeFileSync(spec, JSON.stringify(readModel("convnetjs-mnist")));
      const run = (epochs: number, file: string) =>
        execFileSync(
          `${root}build/release/livegrad`,
          [
            "train",
            spec,
            "--data",
            "drawn",
            "--isa",
            "portable",
            "--epochs",
            String(epochs),
            "--seed",
            "1",
            "--out",
            file,
            "--json",
          ],
          {
            encoding: "utf8",
          },
        );
      const [half, whole] = [path.join(folder, "half.safetensors"), path.join(folder, "whole.safetensors")];
      run(0.1, half);
      const result = JSON.parse(run(0.2, whole).trim().split("\n").at(-1)!) as { test_error: number };

      const session = await createSession({ exact: true });
      const model = await session.compile(smallNet);
      await model.load(new Uint8Array(readFileSync(half)));
      await model.data(await session.datasets.drawn());
      expect(model.step).toBe(50);
      await model.stepOnce(50);
      const other = await session.compile(smallNet);
      await other.load(new Uint8Array(readFileSync(whole)));
      for (const { name, kind } of model.tensors)
        if (kind === "parameter" || kind === "slot")
          expect(await model.read(name), name).toEqual(await other.read(name));
      expect((await model.evaluate("test")).error).toBeCloseTo(result.test_error, 9);
      session.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
