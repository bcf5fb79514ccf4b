// onnxruntime-web: inference and sampling, on one thread.
import * as ort from "/peers/onnxruntime-web/dist/ort.wasm.min.mjs";
import { imageModel, textModel } from "./onnx-model.js";
import { draw, pictures, uniform, w1, w2, w4 } from "./workloads.js";

const open = (model) => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/peers/onnxruntime-web/dist/";
  return ort.InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
};

async function inference(workload) {
  const { side } = workload;
  const session = await open(imageModel(workload));
  const { floats } = pictures(workload, 1);
  return {
    async run(times) {
      for (let i = 0; i < times; i++)
        await session.run({ x: new ort.Tensor("float32", floats, [1, 1, side, side]) });
    },
  };
}

async function sampler() {
  const { units } = w4;
  const session = await open(textModel());
  const random = uniform(1);
  const zeros = () => new ort.Tensor("float32", new Float32Array(units), [1, 1, units]);
  let [h, c] = [zeros(), zeros()];
  const symbol = new BigInt64Array(1);
  return {
    async run(characters) {
      for (let i = 0; i < characters; i++) {
        const feeds = { symbol: new ort.Tensor("int64", symbol, [1]), h, c };
        const { p, nextH, nextC } = await session.run(feeds);
        [h, c] = [nextH, nextC];
        symbol[0] = BigInt(draw(p.data, random));
      }
    },
  };
}

export default () => ({
  peer: "onnxruntime-web",
  variant: async () => "wasm",
  workloads: {
    W6: sampler,
    "inference W1": () => inference(w1),
    "inference W2": () => inference(w2),
  },
});
