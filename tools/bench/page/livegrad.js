// livegrad through its public module, on this thread.
import { createSession } from "/livegrad/direct.js";
import { imageModel, textModel } from "./nets.js";
import { pictures, products, w1, w2, w3, w4, weights } from "./workloads.js";

const kPictures = 2000;

const trainer = (model) => ({
  async run(steps) {
    return (await model.stepOnce(steps)).loss;
  },
});

async function inference(session, workload) {
  const model = await imageModel(session, workload, kPictures);
  const { pixels } = pictures(workload, 1);
  const shape = [1, workload.side, workload.side];
  return {
    async run(times) {
      for (let i = 0; i < times; i++) await model.predict([{ pixels, shape }]);
    },
  };
}

/** Pages multiply within networks only, so that a module of its own has the call. */
async function product(variant, size) {
  const { default: load } = await import(`/products/${variant}/livegrad-products.mjs`);
  const module = await load();
  const [a, b, c] = Array.from({ length: 3 }, () => module._room(size * size));
  [a, b].forEach((at, index) => module.HEAPF32.set(weights(size * size, size, index + 1), at / 4));
  return {
    async run(times) {
      for (let i = 0; i < times; i++) module._multiply(size, a, b, c);
    },
  };
}

export default (exact) => {
  const session = createSession({ exact });
  return {
    peer: "livegrad",
    variant: async () => (await session).info.variant,
    workloads: {
      W1: async () => trainer(await imageModel(await session, w1, kPictures)),
      W2: async () => trainer(await imageModel(await session, w2, kPictures)),
      W3: async () => trainer(await imageModel(await session, w3, kPictures)),
      W4: async () => trainer(await textModel(await session, w4)),
      W6: async () => {
        const model = await textModel(await session, w4);
        await model.stepOnce(2);
        return {
          async run(characters) {
            const writing = await model.write({ prime: "A", characters });
            await writing.done;
          },
        };
      },
      "inference W1": async () => inference(await session, w1),
      "inference W2": async () => inference(await session, w2),
      ...products((side) => async () => product((await session).info.variant, side)),
    },
  };
};
