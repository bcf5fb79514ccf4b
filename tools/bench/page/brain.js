// brain.js: fully connected nets and an LSTM, both one example at a time and by its own update rules.
import { alphabet, momentum, pictures, rates, symbols, w3, w4 } from "./workloads.js";

const { brain } = globalThis;

function perceptron() {
  const { batch, layers, side } = w3;
  const { floats, labels } = pictures(w3, 2 * batch);
  const size = side * side;
  const examples = Array.from(labels, (label, n) => ({
    input: Array.from(floats.subarray(n * size, (n + 1) * size)),
    output: Array.from({ length: 10 }, (_, digit) => (digit === label ? 1 : 0)),
  }));
  const halves = [examples.slice(0, batch), examples.slice(batch)];
  const net = new brain.NeuralNetwork({
    hiddenLayers: layers.slice(0, -1).map(({ dense }) => dense),
    activation: "leaky-relu",
  });
  let at = 0;
  return {
    async run(steps) {
      let error;
      for (let i = 0; i < steps; i++)
        ({ error } = net.train(halves[at++ % 2], {
          iterations: 1,
          learningRate: rates.sgd,
          momentum,
          errorThresh: 1e-9,
        }));
      return error;
    },
  };
}

function lstm() {
  const { sequence, units, batch } = w4;
  const text = Array.from(symbols(batch * sequence), (symbol) => alphabet[symbol]).join("");
  const lines = Array.from({ length: batch }, (_, row) => text.slice(row * sequence, (row + 1) * sequence));
  const net = new brain.recurrent.LSTM({ hiddenLayers: [units] });
  net.setupData?.(lines);
  return {
    async run(steps) {
      let error;
      for (let i = 0; i < steps; i++)
        ({ error } = net.train(lines, { iterations: 1, errorThresh: 1e-9, learningRate: 0.01 }));
      return error;
    },
  };
}

export default () => ({
  peer: "brain.js",
  variant: async () => "js",
  workloads: { W3: async () => perceptron(), W4: async () => lstm() },
});
