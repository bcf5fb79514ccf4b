import { expect, test } from "vitest";
import { Core } from "../../web/src/worker/core";
import { Heap } from "../../web/src/worker/heap";
import { Painter } from "../../web/src/worker/painter";
import { type NetworkReply, Tensors } from "../../web/src/worker/tensors";
import { smallNet } from "./support";

const load = async () => {
  const core = await Core.load("simd");
  const { id } = JSON.parse(
    core.call.makeDataset(JSON.stringify({ kind: "drawn", training: 300, test: 50, seed: 1 })),
  ) as { id: number };
  const model = core.call.compile(
    JSON.stringify({ ...smallNet, training: { batch: 8, optimizer: { type: "sgd", rate: 0.001 } } }),
    0,
  );
  core.call.setData(model, id);
  return { core, model, network: JSON.parse(core.call.network(model)) as NetworkReply };
};

test("the memory is constant over 10,000 steps with evaluating, looking and drawing", async () => {
  const { core, model, network } = await load();
  const tensors = new Tensors(network);
  const painter = new Painter(core);
  const place = tensors.get("pool1.out", false, undefined);
  painter.reserve(place.size);
  let size = 0;
  for (let step = 0; step < 10_000; step += 100) {
    expect(core.call.train(model, 100, Infinity, true)).toBe(100);
    core.call.beginEvaluation(model);
    core.call.evaluate(model, 2, 0, 20);
    core.call.evaluation(model);
    core.call.setExample(model, 0, 2, 1);
    core.call.runProbe(model, 1, true);
    painter.paint(place, { tensor: "pool1.out" }, null, step);
    core.call.history(model);
    if (step === 0) size = core.heap.size;
  }
  expect(core.heap.size).toBe(size);
});

test("views are the tensors: no copy, and the same numbers after the memory has grown", async () => {
  const { core, model, network } = await load();
  core.call.train(model, 3, Infinity, true);
  const tensors = new Tensors(network);
  const { offset, size } = tensors.get("output.weight", false, undefined);
  const before = core.heap.floats(offset, size).slice();
  const old = core.heap.floats(offset, size);
  const big = core.call.allocate(64 << 20);
  expect(old.length).toBe(0); // detached by growing: why views are taken anew
  expect(core.heap.floats(offset, size)).toEqual(before);
  core.heap.floats(offset, size)[0] = 42;
  expect(core.heap.floats(offset, 1)[0]).toBe(42);
  core.call.release(big);
});

test("closing a model gives its memory back", async () => {
  const { core } = await load();
  const spec = JSON.stringify({
    input: [1, 28, 28],
    layers: [{ dense: 500 }, { dense: 10 }, { loss: "softmax" }],
  });
  core.call.closeModel(core.call.compile(spec, 0));
  const size = core.heap.size;
  for (let i = 0; i < 20; ++i) core.call.closeModel(core.call.compile(spec, 0));
  expect(core.heap.size).toBe(size);
});

test("a shared memory's new buffer is noticed by identity", () => {
  const module = { HEAPU8: new Uint8Array(new SharedArrayBuffer(64)) };
  const heap = new Heap(module);
  heap.floats(0, 1)[0] = 1;
  const grown = new Uint8Array(new SharedArrayBuffer(128));
  grown.set(module.HEAPU8);
  module.HEAPU8 = grown;
  expect(heap.size).toBe(128);
  expect(heap.floats(0, 1)[0]).toBe(1);
  expect(heap.floats(0, 32).buffer).toBe(grown.buffer);
});

test("nothing is built that cannot be held", async () => {
  const { core } = await load();
  expect(() => core.call.allocate(2 ** 40)).toThrow(expect.objectContaining({ code: "out_of_memory" }));
});
