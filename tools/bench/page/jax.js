// jax-js on its WebAssembly backend: whole steps compiled by jit.
import {
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "/peers/@jax-js/jax/dist/index.js";
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

const array = (values, shape) => np.array(values).reshape(shape);
const square = (x) => x.ref.mul(x);

/** Each takes parameters, gradients and slots, all consumed, and gives new parameters and slots. */
const updates = {
  sgd: {
    slots: 1,
    step: (p, d, [v]) => {
      const velocity = v.mul(momentum).add(d);
      return [p.sub(velocity.ref.mul(rates.sgd)), [velocity]];
    },
  },
  adam: {
    slots: 2,
    // The corrections of the first steps are left out, in jax-js's favour.
    step: (p, d, [m, v]) => {
      const mean = m.mul(0.9).add(d.ref.mul(0.1));
      const variance = v.mul(0.999).add(square(d).mul(0.001));
      return [p.sub(mean.ref.mul(rates.adam).div(np.sqrt(variance.ref).add(1e-8))), [mean, variance]];
    },
  },
  adadelta: {
    slots: 2,
    step: (p, d, [g, x]) => {
      const squares = g.mul(0.95).add(square(d.ref).mul(0.05));
      const change = d.mul(np.sqrt(x.ref.add(1e-6).div(squares.ref.add(1e-6))));
      return [p.sub(change.ref), [squares, x.mul(0.95).add(square(change).mul(0.05))]];
    },
  },
};

function trainer(batches, parameters, optimizer, lossOf) {
  const { slots, step } = updates[optimizer];
  const update = jit((params, state, x, y) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(params), x, y);
    const [next, nextState] = [[], []];
    params.forEach((p, index) => {
      const [value, kept] = step(p, gradients[index], state[index]);
      next.push(value);
      nextState.push(kept);
    });
    return [loss, next, nextState];
  });
  let params = parameters;
  let state = params.map((p) => Array.from({ length: slots }, () => np.zeros(p.shape)));
  let at = 0;
  return {
    async run(steps) {
      let loss;
      for (let i = 0; i < steps; i++) {
        loss?.dispose();
        const { x, y } = batches[at++ % batches.length];
        [loss, params, state] = update(params, state, x.ref, y.ref);
        await loss.blockUntilReady();
      }
      return (await loss.data())[0];
    },
  };
}

const crossEntropy = (scores, y, rows) =>
  nn
    .logSoftmax(scores)
    .mul(y)
    .sum()
    .mul(-1 / rows);

function imageParameters({ layers }) {
  return layers.flatMap(({ conv, kernel, dense, inputs }, index) => {
    const channels = index > 0 ? layers[index - 1].conv : 1;
    const shape = conv ? [conv, channels, kernel, kernel] : [inputs, dense];
    const size = shape.reduce((product, extent) => product * extent);
    return [
      array(weights(size, size / (conv ?? dense), index + 1), shape),
      np.zeros(conv ? [conv, 1, 1] : [dense]),
    ];
  });
}

function forward({ layers }, params, input) {
  return layers.reduce((x, { conv, kernel, pool }, index) => {
    const [weight, bias] = params.slice(2 * index);
    if (!conv) {
      const flat = x.ndim > 2 ? x.reshape([x.shape[0], -1]) : x;
      const y = np.matmul(flat, weight).add(bias);
      return index + 1 < layers.length ? nn.relu(y) : y;
    }
    const pad = (kernel - 1) / 2;
    const y = nn.relu(
      lax
        .convGeneralDilated(
          x,
          weight,
          [1, 1],
          [
            [pad, pad],
            [pad, pad],
          ],
        )
        .add(bias),
    );
    const [n, channels, height, width] = y.shape;
    return y.reshape([n, channels, height / pool, pool, width / pool, pool]).max([3, 5]);
  }, input);
}

function images(workload) {
  const { side, batch, layers, optimizer } = workload;
  const { floats, labels } = pictures(workload, kBatches * batch);
  const size = side * side;
  const batches = Array.from({ length: kBatches }, (_, n) => ({
    x: array(
      floats.slice(n * batch * size, (n + 1) * batch * size),
      layers[0].conv ? [batch, 1, side, side] : [batch, size],
    ),
    y: array(oneHot(labels.slice(n * batch, (n + 1) * batch), 10), [batch, 10]),
  }));
  return trainer(batches, imageParameters(workload), optimizer, (params, x, y) =>
    crossEntropy(forward(workload, params, x), y, batch),
  );
}

function inference(workload) {
  const { side } = workload;
  const params = imageParameters(workload);
  const { floats } = pictures(workload, 1);
  const answer = jit((params, x) => nn.softmax(forward(workload, params, x)));
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        answer(tree.ref(params), array(floats, [1, 1, side, side])).dataSync();
      }
    },
  };
}

function lstmParameters() {
  const { units, symbols } = w4;
  return [
    array(weights(symbols * 4 * units, symbols, 1), [symbols, 4 * units]),
    array(weights(units * 4 * units, units, 2), [units, 4 * units]),
    np.zeros([4 * units]),
    array(weights(units * symbols, units, 3), [units, symbols]),
    np.zeros([symbols]),
  ];
}

/** One step; everything is consumed. */
function cell(projected, recurrent, h, c) {
  const [i, f, o, g] = np.split(projected.add(np.matmul(h, recurrent)), 4, -1);
  const next = nn
    .sigmoid(f)
    .mul(c)
    .add(nn.sigmoid(i).mul(np.tanh(g)));
  return [nn.sigmoid(o).mul(np.tanh(next.ref)), next];
}

function textTrainer() {
  const { batch, sequence, units, symbols } = w4;
  const batches = textBatches(w4, kBatches).map(({ x, y }) => ({
    x: array(oneHot(x, symbols), [x.length, symbols]),
    y: array(oneHot(y, symbols), [y.length, symbols]),
  }));
  return trainer(batches, lstmParameters(), "adam", ([input, recurrent, bias, output, outputBias], x, y) => {
    const projected = np.split(np.matmul(x, input).add(bias), sequence, 0);
    let h = np.zeros([batch, units]);
    let c = np.zeros([batch, units]);
    const states = projected.map((each) => {
      [h, c] = cell(each, recurrent.ref, h, c);
      return h.ref;
    });
    [recurrent, h, c].forEach((each) => each.dispose());
    const scores = np.matmul(np.concatenate(states, 0), output).add(outputBias);
    return crossEntropy(scores, y, batch * sequence);
  });
}

function sampler() {
  const { units, symbols } = w4;
  const params = lstmParameters();
  const step = jit(([input, recurrent, bias, output, outputBias], x, h, c) => {
    const [nextH, nextC] = cell(np.matmul(x, input).add(bias), recurrent, h, c);
    return [nextH.ref, nextC, nn.softmax(np.matmul(nextH, output).add(outputBias))];
  });
  const random = uniform(1);
  const rows = Array.from({ length: symbols }, (_, symbol) => array(oneHot([symbol], symbols), [1, symbols]));
  let [h, c] = [np.zeros([1, units]), np.zeros([1, units])];
  let symbol = 0;
  return {
    async run(characters) {
      for (let i = 0; i < characters; i++) {
        let p;
        [h, c, p] = step(tree.ref(params), rows[symbol].ref, h, c);
        symbol = draw(p.dataSync(), random);
      }
    },
  };
}

function product(size) {
  const a = array(weights(size * size, size, 1), [size, size]);
  const b = array(weights(size * size, size, 2), [size, size]);
  const multiply = jit((a, b) => np.matmul(a, b));
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const c = multiply(a.ref, b.ref);
        await c.blockUntilReady();
        c.dispose();
      }
    },
  };
}

export default () => {
  const on = (make) => async () => {
    await init("wasm");
    defaultDevice("wasm");
    return make();
  };
  return {
    peer: "jax-js",
    variant: async () => "wasm",
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
