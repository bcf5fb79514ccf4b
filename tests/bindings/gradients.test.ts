import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import type { GradientCheckRow } from "../../web/src/api/direct";
import { expectError, readModel, root, smallNet, start } from "./support";

const worst = (rows: readonly GradientCheckRow[]) => Math.max(...rows.map(({ worst }) => worst ?? 0));

test("the gradients of a network as it is agree with finite differences; learning is not touched", async () => {
  await using made = await start();
  const { model } = made;
  await model.stepOnce(20);
  const before = await model.save();
  const seen: number[] = [];
  const rows = await model.checkGradients({ samples: 15, onProgress: (_, done) => seen.push(done) });
  expect(rows.map(({ layer, parameter }) => `${layer}.${parameter}`).sort()).toEqual([
    "conv1.bias",
    "conv1.weight",
    "input.input",
    "output.bias",
    "output.weight",
  ]);
  expect(worst(rows)).toBeGreaterThan(0);
  expect(worst(rows)).toBeLessThan(1e-6);
  for (const { size, checked, kinks } of rows) expect(checked + kinks).toBe(Math.min(15, size));
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect([seen[0], seen.at(-1)]).toEqual([0, 1]);
  expect(await model.save()).toEqual(before);
});

// Everything with a setting of its own that the recording has to carry over, and every loss.
const body = [
  { conv: 4, kernel: 3, stride: 2, name: "conv1" },
  { act: "leaky_relu", slope: 0.2 },
  { batch_norm: true, epsilon: 0.01 },
  { local_response_norm: 3, alpha: 0.5, power: 0.6 },
  { local_contrast_norm: 3 },
  { pool: 2, type: "average" },
  { dropout: 0.3 },
  { maxout: 2 },
  { dense: 8, name: "hidden" },
  { act: "elu", alpha: 0.7 },
  { layer_norm: true, epsilon: 0.1 },
];
for (const loss of ["softmax", "hinge", "squared", "binary_cross_entropy"])
  test(`so they do with every kind of layer, and ${loss}`, async () => {
    await using made = await start({
      input: [1, 28, 28],
      layers: [...body, { dense: 10, name: "output" }, { loss }],
    } as typeof smallNet);
    const rows = await made.model.checkGradients({ samples: 6 });
    expect(rows.length).toBeGreaterThan(8);
    expect(worst(rows)).toBeLessThan(1e-6);
    expect(rows.every(({ checked, kinks }) => checked + kinks > 0)).toBe(true);
  });

test("they are what the command line finds in the same checkpoint", async () => {
  await using made = await start(readModel("lenet5"));
  await made.model.stepOnce(5);
  const folder = mkdtempSync(path.join(tmpdir(), "livegrad-"));
  try {
    const file = path.join(folder, "five.safetensors");
    writeFileSync(file, await made.model.save());
    const cli = path.join(root, "build/release/livegrad");
    const said = execFileSync(cli, ["check", file, "--samples", "3", "--seed", "7", "--json"], {
      encoding: "utf8",
    });
    const { parameters } = JSON.parse(said) as { parameters: Record<string, unknown>[] };
    const rows = await made.model.checkGradients({ samples: 3, seed: 7 });
    expect(
      rows.map(({ layer, parameter, checked, kinks }) => ({ layer, parameter, checked, kinks })),
    ).toEqual(
      parameters.map(({ layer, parameter, checked, kinks }) => ({ layer, parameter, checked, kinks })),
    );
    for (const [i, { worst }] of rows.entries())
      expect(worst ?? 0).toBeCloseTo((parameters[i]!["worst"] as number | null) ?? 0, 7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a check can be stopped, and says what it cannot do", async () => {
  await using made = await start();
  const stop = new AbortController();
  await expect(
    made.model.checkGradients({ signal: stop.signal, onProgress: () => stop.abort() }),
  ).rejects.toThrow(/abort/);
  await expectError(made.model.checkGradients({ samples: 0 }), "invalid_argument", /samples is 0\. Use/);
});
