import { expect, test } from "vitest";
import { createSession } from "../../web/src/api/direct";
import { expectError, readModel, smallNet, start } from "./support";

test("a session says what it computes with", async () => {
  const session = await createSession({ exact: true });
  expect(session.info).toEqual({ variant: "simd", isa: "wasm", fused: false, threads: 1 });
  session.close();
});

test("a closed session refuses everything in one sentence", async () => {
  const session = await createSession();
  session.close();
  session.close();
  await expectError(session.compile(smallNet), "closed", /session is closed/);
});

test("compiling describes the network", async () => {
  await using made = await start();
  const { model } = made;
  expect(model.parameterCount).toBe(4 * 26 + 10 * (4 * 6 * 6 + 1));
  expect(model.classes).toBe(10);
  expect(model.layers.map(({ id, kind, pointer }) => [id, kind, pointer])).toEqual([
    ["conv1", "conv", "/layers/0"],
    ["pool1", "pool", "/layers/1"],
    ["output", "dense", "/layers/2"],
    ["loss1", "loss", "/layers/3"],
  ]);
  const [conv, pool] = model.layers;
  expect(conv!.output).toEqual([4, 12, 12]);
  expect(conv!.parameterCount).toBe(104);
  expect(conv!.multiplyAdds).toBe(4 * 25 * 12 * 12);
  expect(conv!.ops[0]).toMatchObject({ name: "conv2d", equation: expect.stringMatching(/y/) });
  expect(conv!.tensors).toContain("conv1.weight");
  expect(pool!.output).toEqual([4, 6, 6]);
  const tensors = model.tensors
    .filter((tensor) => tensor.name === "conv1.weight")
    .map(({ kind, shape }) => [kind, shape]);
  expect(tensors).toContainEqual(["parameter", [4, 1, 5, 5]]);
  expect(tensors).toContainEqual(["parameterGradient", [4, 1, 5, 5]]);
  expect(model.options).toMatchObject({ batch: 20, epochs: 4, optimizer: { type: "momentum", rate: 0.05 } });
});

test("the spec comes back with every default, in the order it was written, and compiles to itself", async () => {
  const session = await createSession();
  const model = await session.compile(readModel("convnetjs-mnist"));
  expect(Object.keys(model.spec)).toEqual(expect.arrayContaining(["input", "layers", "training"]));
  expect(Object.keys(model.spec).indexOf("input")).toBeLessThan(Object.keys(model.spec).indexOf("layers"));
  expect(model.parameterCount).toBe(5994);
  const again = await session.compile(model.spec);
  expect(again.spec).toEqual(model.spec);
  session.close();
});

test("a network that does not fit gets one sentence", async () => {
  const session = await createSession();
  const spec = {
    input: [1, 5, 5],
    layers: [{ conv: 8, kernel: 7, name: "conv1" }, { dense: 10 }, { loss: "softmax" }],
  };
  await expectError(session.compile(spec), "shape_mismatch", /conv "conv1".*kernel 7.*5x5/);
  await expectError(session.compile("{"), "invalid_spec", /not JSON/);
  session.close();
});

test("checkSpec finds the place of a mistake, and builds nothing", async () => {
  const session = await createSession();
  const text = `{
  "input": [1, 28, 28],
  "layers": [
    { "conv": 8, "kernell": 5 },
    { "dense": 10 },
    { "loss": "softmax" }
  ]
}`;
  const wrong = await session.checkSpec(text);
  expect(wrong.ok).toBe(false);
  if (wrong.ok) return;
  const [error] = wrong.errors;
  expect(error!.message).toMatch(/kernel/);
  expect(error!.pointer).toMatch(/^\/layers\/0/);
  expect(error!.line).toBe(4);
  expect(text.slice(error!.from, error!.to)).toMatch(/^(5|\{ "conv": 8, "kernell": 5 \})$/);

  const broken = await session.checkSpec(text.replace("10 },", "10 "));
  expect(broken).toMatchObject({ ok: false, errors: [{ code: "invalid_spec", pointer: "" }] });
  if (!broken.ok) expect([5, 6]).toContain(broken.errors[0]!.line);

  const right = await session.checkSpec(text.replace("kernell", "kernel"));
  expect(right).toMatchObject({ ok: true, parameterCount: 8 * 26 + 10 * (8 * 24 * 24 + 1) });
  session.close();
});

test("control characters of a spec are written and named", async () => {
  const session = await createSession();
  const spec = { name: "\u0001a\u001fz", input: [4], layers: [{ dense: 2 }, { loss: "softmax" }] };
  const checked = await session.checkSpec(JSON.stringify(spec));
  expect(checked).toMatchObject({ ok: true, spec: { name: spec.name } });
  const raw = await session.checkSpec('{ "name": "a\u001fz" }');
  expect(raw).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining("U+001F") }] });
  session.close();
});

test("two models of a session do not disturb each other", async () => {
  await using made = await start();
  const { session, model } = made;
  const other = await session.compile(smallNet);
  await other.data(model.dataset!);
  const alone = (await model.stepOnce(20)).losses;
  expect([...(await other.stepOnce(20)).losses]).toEqual([...alone]);
  const before = model.step;
  await Promise.all([model.run({ steps: 30 }), other.run({ steps: 40 })]);
  while (model.state === "running" || other.state === "running")
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect([model.step, other.step]).toEqual([before + 30, before + 40]);
  await other.close();
  await expectError(other.stepOnce(), "closed", /model is closed/);
});

test("a data set belongs to its session", async () => {
  await using one = await start();
  await using two = await start();
  await expectError(one.model.data(two.model.dataset!), "invalid_argument", /another session/);
});
