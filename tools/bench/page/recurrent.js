// RecurrentJS's algorithm, written anew because the library is not on npm: operations on matrices of doubles that leave
// their backward passes as closures, one sequence at a time, RMSProp after each. Settings are its character demo's, but
// for a tenth of the rate: from the demo's, 128 units take hundreds of sequences to recover.
import { draw, rates, textBatches, uniform, w4 } from "./workloads.js";

const kBatches = 8;
/** Numbers that stand for a character where it enters. */
const kLetter = 5;
const kBound = 0.08;
const solver = { rate: rates.adam, decay: 0.999, epsilon: 1e-8, clip: 5, l2: 1e-6 };

class Matrix {
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.w = new Float64Array(rows * columns);
    this.dw = new Float64Array(rows * columns);
  }
}

/** What was computed, so that it can be gone through backward. */
class Tape {
  constructor(learns) {
    this.learns = learns;
    this.steps = [];
  }

  #keep(result, backward) {
    if (this.learns) this.steps.push(backward);
    return result;
  }

  backward() {
    for (let i = this.steps.length - 1; i >= 0; i--) this.steps[i]();
  }

  row(a, index) {
    const { columns } = a;
    const y = new Matrix(columns, 1);
    y.w.set(a.w.subarray(index * columns, (index + 1) * columns));
    return this.#keep(y, () => {
      for (let i = 0; i < columns; i++) a.dw[index * columns + i] += y.dw[i];
    });
  }

  multiply(a, b) {
    const y = new Matrix(a.rows, b.columns);
    for (let i = 0; i < a.rows; i++)
      for (let j = 0; j < b.columns; j++) {
        let sum = 0;
        for (let k = 0; k < a.columns; k++) sum += a.w[a.columns * i + k] * b.w[b.columns * k + j];
        y.w[b.columns * i + j] = sum;
      }
    return this.#keep(y, () => {
      for (let i = 0; i < a.rows; i++)
        for (let j = 0; j < b.columns; j++) {
          const d = y.dw[b.columns * i + j];
          for (let k = 0; k < a.columns; k++) {
            a.dw[a.columns * i + k] += b.w[b.columns * k + j] * d;
            b.dw[b.columns * k + j] += a.w[a.columns * i + k] * d;
          }
        }
    });
  }

  add(a, b) {
    const y = new Matrix(a.rows, a.columns);
    for (let i = 0; i < y.w.length; i++) y.w[i] = a.w[i] + b.w[i];
    return this.#keep(y, () => {
      for (let i = 0; i < y.w.length; i++) {
        a.dw[i] += y.dw[i];
        b.dw[i] += y.dw[i];
      }
    });
  }

  gate(a, b) {
    const y = new Matrix(a.rows, a.columns);
    for (let i = 0; i < y.w.length; i++) y.w[i] = a.w[i] * b.w[i];
    return this.#keep(y, () => {
      for (let i = 0; i < y.w.length; i++) {
        a.dw[i] += b.w[i] * y.dw[i];
        b.dw[i] += a.w[i] * y.dw[i];
      }
    });
  }

  tanh(a) {
    const y = new Matrix(a.rows, a.columns);
    for (let i = 0; i < y.w.length; i++) y.w[i] = Math.tanh(a.w[i]);
    return this.#keep(y, () => {
      for (let i = 0; i < y.w.length; i++) a.dw[i] += (1 - y.w[i] * y.w[i]) * y.dw[i];
    });
  }

  sigmoid(a) {
    const y = new Matrix(a.rows, a.columns);
    for (let i = 0; i < y.w.length; i++) y.w[i] = 1 / (1 + Math.exp(-a.w[i]));
    return this.#keep(y, () => {
      for (let i = 0; i < y.w.length; i++) a.dw[i] += y.w[i] * (1 - y.w[i]) * y.dw[i];
    });
  }
}

function softmax({ w }) {
  const greatest = w.reduce((a, b) => Math.max(a, b), -Infinity);
  const p = w.map((score) => Math.exp(score - greatest));
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((each) => each / sum);
}

function lstm({ units, symbols }) {
  const random = uniform(1);
  const net = {};
  const weight = (name, rows, columns) => {
    net[name] = new Matrix(rows, columns);
    net[name].w.forEach((_, i, w) => (w[i] = kBound * (2 * random() - 1)));
  };
  weight("letters", symbols, kLetter);
  for (const gate of ["input", "forget", "output", "write"]) {
    weight(`${gate} x`, units, kLetter);
    weight(`${gate} h`, units, units);
    net[`${gate} bias`] = new Matrix(units, 1);
  }
  weight("decoder", symbols, units);
  net["decoder bias"] = new Matrix(symbols, 1);

  const start = () => ({ h: new Matrix(units, 1), c: new Matrix(units, 1) });
  /** The scores of what follows, and the state from there on. */
  const forward = (tape, symbol, { h, c }) => {
    const x = tape.row(net.letters, symbol);
    const into = (gate) =>
      tape.add(
        tape.add(tape.multiply(net[`${gate} x`], x), tape.multiply(net[`${gate} h`], h)),
        net[`${gate} bias`],
      );
    const [input, forget, output] = ["input", "forget", "output"].map((gate) => tape.sigmoid(into(gate)));
    const cell = tape.add(tape.gate(forget, c), tape.gate(input, tape.tanh(into("write"))));
    const hidden = tape.gate(output, tape.tanh(cell));
    const scores = tape.add(tape.multiply(net.decoder, hidden), net["decoder bias"]);
    return { scores, h: hidden, c: cell };
  };
  return { parameters: Object.values(net), start, forward };
}

/** RMSProp, with the gradients clipped once their squares are counted. */
function update(parameters, squares) {
  const { rate, decay, epsilon, clip, l2 } = solver;
  parameters.forEach(({ w, dw }, index) => {
    const mean = squares[index];
    for (let i = 0; i < w.length; i++) {
      mean[i] = mean[i] * decay + (1 - decay) * dw[i] * dw[i];
      const d = Math.min(Math.max(dw[i], -clip), clip);
      w[i] -= (rate * d) / Math.sqrt(mean[i] + epsilon) + l2 * w[i];
      dw[i] = 0;
    }
  });
}

function trainer() {
  const { batch, sequence } = w4;
  const { parameters, start, forward } = lstm(w4);
  const squares = parameters.map(({ w }) => new Float64Array(w.length));
  const batches = textBatches(w4, kBatches);
  /** The sum of the losses of a sequence, which is learned. */
  const learn = ({ x, y }, row) => {
    const tape = new Tape(true);
    let state = start();
    let loss = 0;
    for (let at = row; at < sequence * batch; at += batch) {
      state = forward(tape, x[at], state);
      const p = softmax(state.scores);
      loss -= Math.log(p[y[at]]);
      p[y[at]] -= 1;
      state.scores.dw = p;
    }
    tape.backward();
    update(parameters, squares);
    return loss;
  };
  let step = 0;
  return {
    async run(steps) {
      let sum;
      for (let i = 0; i < steps; i++) {
        const each = batches[step++ % kBatches];
        sum = 0;
        for (let row = 0; row < batch; row++) sum += learn(each, row);
      }
      return sum / (batch * sequence);
    },
  };
}

function sampler() {
  const { start, forward } = lstm(w4);
  const random = uniform(1);
  const tape = new Tape(false);
  let state = start();
  let symbol = 0;
  return {
    async run(characters) {
      for (let i = 0; i < characters; i++) {
        state = forward(tape, symbol, state);
        symbol = draw(softmax(state.scores), random);
      }
    },
  };
}

export default () => ({
  peer: "RecurrentJS",
  variant: async () => "js, written anew",
  workloads: { W4: async () => trainer(), W6: async () => sampler() },
});
