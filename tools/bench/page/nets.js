// Networks of livegrad's public module, compiled and with their data.
import { alphabet, momentum, pictures, rates, symbols } from "./workloads.js";

const optimizers = {
  adadelta: { type: "adadelta", rho: 0.95, epsilon: 1e-6 },
  adam: { type: "adam", rate: rates.adam },
  sgd: { type: "momentum", rate: rates.sgd, momentum },
};

const optimizerOf = (name, rate) => ({ ...optimizers[name], ...(rate ? { rate } : {}) });

function imageSpec({ side, height = side, layers, batch, optimizer, rate }) {
  return {
    input: [1, height, side],
    layers: [
      ...layers.flatMap(({ conv, kernel, pool, dense }, index) => [
        conv
          ? { conv, kernel, pad: (kernel - 1) / 2, act: "relu" }
          : { dense, ...(index + 1 < layers.length ? { act: "relu" } : {}) },
        ...(pool ? [{ pool, stride: pool }] : []),
      ]),
      { loss: "softmax" },
    ],
    training: { optimizer: optimizerOf(optimizer, rate), batch, seed: 1 },
  };
}

function idx({ side, height = side }, { pixels, labels }) {
  const count = labels.length;
  const images = new Uint8Array(16 + pixels.length);
  [0x803, count, height, side].forEach((number, at) => new DataView(images.buffer).setUint32(4 * at, number));
  images.set(pixels, 16);
  const classes = new Uint8Array(8 + count);
  [0x801, count].forEach((number, at) => new DataView(classes.buffer).setUint32(4 * at, number));
  classes.set(labels, 8);
  return { images, classes };
}

/** A network that learns from as many pictures. */
export async function imageModel(session, workload, count) {
  const model = await session.compile(imageSpec(workload));
  const { images, classes } = idx(workload, pictures(workload, count));
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

/** A network that learns to write. */
export async function textModel(session, { sequence, batch, units, rate }) {
  const text = await session.texts.own(
    Array.from(symbols(batch * (40 * sequence) + 1), (symbol) => alphabet[symbol]).join(""),
  );
  const model = await session.compile(
    {
      input: { sequence },
      layers: [{ lstm: units, carry: true }, { dense: "symbols" }, { loss: "softmax" }],
      training: { optimizer: optimizerOf("adam", rate), batch, seed: 1 },
    },
    text,
  );
  await model.data(text, { split: "none" });
  return model;
}
