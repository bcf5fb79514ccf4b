// TensorFlow.js on its own operations: layers are written out, since that is the fastest way that it offers.
import {
  draw,
  oneHot,
  pictures,
  products,
  rates,
  momentum,
  textBatches,
  uniform,
  w1,
  w2,
  w3,
  w4,
  weights,
} from "./workloads.js";

const kBatches = 8;
const { tf } = globalThis;

/**
 * A convolution that can be trained on the WebAssembly backend, which has no filter gradient: image-to-column by slices
 * and one product without transposes. x is [N,H,W,C]; only the weights are differentiated where x is data.
 */
function convolution(x, w, isData) {
  const dw = (dy, image) => {
    const [kernel, , channels, filters] = w.shape;
    const [n, height, width] = dy.shape;
    const pad = (kernel - 1) / 2;
    const padded = tf.pad(tf.transpose(image, [3, 0, 1, 2]), [
      [0, 0],
      [0, 0],
      [pad, pad],
      [pad, pad],
    ]);
    const columns = [];
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++)
        columns.push(
          tf.reshape(tf.slice(padded, [0, 0, i, j], [channels, n, height, width]), [channels, -1]),
        );
    return tf.reshape(tf.matMul(tf.concat(columns, 0), tf.reshape(dy, [-1, filters])), w.shape);
  };
  if (isData)
    return tf.customGrad((weight, save) => {
      save([]);
      return { value: tf.conv2d(x, weight, 1, "same"), gradFunc: (dy) => [dw(dy, x)] };
    })(w);
  return tf.customGrad((image, weight, save) => {
    save([image, weight]);
    return {
      value: tf.conv2d(image, weight, 1, "same"),
      gradFunc: (dy, [saved, filter]) => [
        tf.conv2dTranspose(dy, filter, saved.shape, 1, "same"),
        dw(dy, saved),
      ],
    };
  })(x, w);
}

function imageNet({ layers }) {
  const variables = layers.map(({ conv, kernel, dense, inputs }, index) => {
    const channels = index > 0 ? layers[index - 1].conv : 1;
    const shape = conv ? [kernel, kernel, channels, conv] : [inputs, dense];
    const size = shape.reduce((product, extent) => product * extent);
    return {
      weight: tf.variable(tf.tensor(weights(size, size / (conv ?? dense), index + 1), shape)),
      bias: tf.variable(tf.zeros([conv ?? dense])),
    };
  });
  const forward = (input) =>
    layers.reduce((x, { conv, pool, dense }, index) => {
      const { weight, bias } = variables[index];
      if (conv)
        return tf.maxPool(tf.relu(tf.add(convolution(x, weight, index === 0), bias)), pool, pool, "valid");
      const flat = x.shape.length > 2 ? tf.reshape(x, [x.shape[0], -1]) : x;
      const y = tf.add(tf.matMul(flat, weight), bias);
      return dense && index + 1 < layers.length ? tf.relu(y) : y;
    }, input);
  return forward;
}

const optimizer = (name) =>
  name === "adam"
    ? tf.train.adam(rates.adam)
    : name === "sgd"
      ? tf.train.momentum(rates.sgd, momentum)
      : tf.train.adadelta(rates.adadelta, 0.95, 1e-6);

/** Steps over the batches in turn; gives the last loss. */
function trainer(batches, update, lossOf) {
  let step = 0;
  return {
    async run(steps) {
      let loss;
      for (let i = 0; i < steps; i++) {
        loss?.dispose();
        const batch = batches[step++ % batches.length];
        loss = update.minimize(() => lossOf(batch), true);
      }
      const value = (await loss.data())[0];
      loss.dispose();
      return value;
    },
  };
}

function images(workload) {
  const { side, batch, layers } = workload;
  const { floats, labels } = pictures(workload, kBatches * batch);
  const size = side * side;
  const batches = Array.from({ length: kBatches }, (_, n) => ({
    x: tf.tensor(
      floats.slice(n * batch * size, (n + 1) * batch * size),
      layers[0].conv ? [batch, side, side, 1] : [batch, size],
    ),
    y: tf.tensor2d(oneHot(labels.slice(n * batch, (n + 1) * batch), 10), [batch, 10]),
  }));
  const forward = imageNet(workload);
  return trainer(batches, optimizer(workload.optimizer), ({ x, y }) =>
    tf.losses.softmaxCrossEntropy(y, forward(x)),
  );
}

function inference(workload) {
  const { side } = workload;
  const { floats } = pictures(workload, 1);
  const forward = imageNet(workload);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const y = tf.tidy(() => tf.softmax(forward(tf.tensor(floats, [1, side, side, 1]))));
        y.dataSync();
        y.dispose();
      }
    },
  };
}

function lstm() {
  const { units, symbols } = w4;
  const make = (rows, columns, seed) =>
    tf.variable(tf.tensor2d(weights(rows * columns, rows, seed), [rows, columns]));
  const net = {
    input: make(symbols, 4 * units, 1),
    recurrent: make(units, 4 * units, 2),
    bias: tf.variable(tf.zeros([4 * units])),
    output: make(units, symbols, 3),
    outputBias: tf.variable(tf.zeros([symbols])),
  };
  const cell = (projected, h, c) => {
    const [i, f, o, g] = tf.split(tf.add(projected, tf.matMul(h, net.recurrent)), 4, 1);
    const cell = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    return [tf.mul(tf.sigmoid(o), tf.tanh(cell)), cell];
  };
  const scores = (h) => tf.add(tf.matMul(h, net.output), net.outputBias);
  return { net, cell, scores };
}

function textTrainer() {
  const { batch, sequence, units, symbols } = w4;
  const { net, cell, scores } = lstm();
  const batches = textBatches(w4, kBatches).map(({ x, y }) => ({
    x: tf.tensor2d(oneHot(x, symbols), [x.length, symbols]),
    y: tf.tensor2d(oneHot(y, symbols), [y.length, symbols]),
  }));
  return trainer(batches, optimizer("adam"), ({ x, y }) => {
    const projected = tf.split(tf.add(tf.matMul(x, net.input), net.bias), sequence, 0);
    let h = tf.zeros([batch, units]);
    let c = tf.zeros([batch, units]);
    const states = projected.map((each) => {
      [h, c] = cell(each, h, c);
      return h;
    });
    return tf.losses.softmaxCrossEntropy(y, scores(tf.concat(states, 0)));
  });
}

function sampler() {
  const { units, symbols } = w4;
  const { net, cell, scores } = lstm();
  const random = uniform(1);
  let h = tf.zeros([1, units]);
  let c = tf.zeros([1, units]);
  let symbol = 0;
  return {
    async run(characters) {
      for (let i = 0; i < characters; i++) {
        const [nextH, nextC, p] = tf.tidy(() => {
          const projected = tf.add(tf.slice(net.input, [symbol, 0], [1, 4 * units]), net.bias);
          const [nextH, nextC] = cell(projected, h, c);
          return [nextH, nextC, tf.softmax(scores(nextH))];
        });
        symbol = draw(p.dataSync(), random);
        tf.dispose([h, c, p]);
        [h, c] = [nextH, nextC];
      }
      if (symbol >= symbols) throw new Error("no such symbol");
    },
  };
}

function product(size) {
  const a = tf.tensor2d(weights(size * size, size, 1), [size, size]);
  const b = tf.tensor2d(weights(size * size, size, 2), [size, size]);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const c = tf.matMul(a, b);
        if (i + 1 === times) c.dataSync();
        c.dispose();
      }
    },
  };
}

export default (backend) => {
  const on = (make) => async () => {
    if (backend === "wasm") tf.wasm.setWasmPaths("/peers/@tensorflow/tfjs-backend-wasm/dist/");
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} backend here`);
    const made = make();
    return {
      // Both backends live in one page: each takes its own back before its turn.
      async run(amount) {
        tf.setBackend(backend);
        return made.run(amount);
      },
    };
  };
  return {
    peer: "TensorFlow.js",
    variant: async () => backend,
    workloads: {
      W1: on(() => images(w1)),
      W2: on(() => images(w2)),
      W3: on(() => images(w3)),
      W4: on(textTrainer),
      W6: on(sampler),
      "inference W1": on(() => inference(w1)),
      "inference W2": on(() => inference(w2)),
      ...products((side) => on(() => product(side))),
    },
  };
};
