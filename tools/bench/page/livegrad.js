// livegrad through its public module, on this thread.
import { createSession } from "/livegrad/direct.js";
import {
  alphabet,
  pictures,
  products,
  rates,
  momentum,
  symbols,
  w1,
  w2,
  w3,
  w4,
  weights,
} from "./workloads.js";

const kPictures = 2000;

const optimizers = {
  adadelta: { type: "adadelta", rho: 0.95, epsilon: 1e-6 },
  adam: { type: "adam", rate: rates.adam },
  sgd: { type: "momentum", rate: rates.sgd, momentum },
};

function imageSpec({ side, layers, batch, optimizer }) {
  return {
    input: [1, side, side],
    layers: [
      ...layers.flatMap(({ conv, kernel, pool, dense }, index) => [
        conv
          ? { conv, kernel, pad: (kernel - 1) / 2, act: "relu" }
          : { dense, ...(index + 1 < layers.length ? { act: "relu" } : {}) },
        ...(pool ? [{ pool, stride: pool }] : []),
      ]),
      { loss: "softmax" },
    ],
    training: { optimizer: optimizers[optimizer], batch, seed: 1 },
  };
}

function idx({ side }, { pixels, labels }) {
  const count = labels.length;
  const images = new Uint8Array(16 + pixels.length);
  [0x803, count, side, side].forEach((number, at) => new DataView(images.buffer).setUint32(4 * at, number));
  images.set(pixels, 16);
  const classes = new Uint8Array(8 + count);
  [0x801, count].forEach((number, at) => new DataView(classes.buffer).setUint32(4 * at, number));
  classes.set(labels, 8);
  return { images, classes };
}

const trainer = (model) => ({
  async run(steps) {
    return (await model.stepOnce(steps)).loss;
  },
});

async function imageModel(session, workload) {
  const model = await session.compile(imageSpec(workload));
  const { images, classes } = idx(workload, pictures(workload, kPictures));
  const data = await session.datasets.fromIdx({
    name: "strokes",
    trainImages: images,
    trainLabels: classes,
    testImages: images,
    testLabels: classes,
    classes: Array.from({ length: 10 }, (_, label) => String(label)),
  });
  await model.data(data);
  return model;
}

async function textModel(session) {
  const { sequence, batch, units } = w4;
  const text = await session.texts.own(
    Array.from(symbols(batch * (40 * sequence) + 1), (symbol) => alphabet[symbol]).join(""),
  );
  const model = await session.compile(
    {
      input: { sequence },
      layers: [{ lstm: units, carry: true }, { dense: "symbols" }, { loss: "softmax" }],
      training: { optimizer: optimizers.adam, batch, seed: 1 },
    },
    text,
  );
  await model.data(text, { split: "none" });
  return model;
}

async function inference(session, workload) {
  const model = await imageModel(session, workload);
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
      W1: async () => trainer(await imageModel(await session, w1)),
      W2: async () => trainer(await imageModel(await session, w2)),
      W3: async () => trainer(await imageModel(await session, w3)),
      W4: async () => trainer(await textModel(await session)),
      W6: async () => {
        const model = await textModel(await session);
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
