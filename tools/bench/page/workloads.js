// What is measured. Every library gets the same shapes and the same numbers.

/** Numbers in [0, 1) that are the same everywhere. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

export const w1 = {
  title: "W1: ConvNetJS's MNIST net, batch 20, Adadelta",
  side: 24,
  batch: 20,
  optimizer: "adadelta",
  layers: [
    { conv: 8, kernel: 5, pool: 2 },
    { conv: 16, kernel: 5, pool: 3 },
    { dense: 10, inputs: 16 * 4 * 4 },
  ],
};
export const w2 = {
  title: "W2: conv 32 and 64, dense 128, batch 64, Adam",
  side: 28,
  batch: 64,
  optimizer: "adam",
  layers: [
    { conv: 32, kernel: 5, pool: 2 },
    { conv: 64, kernel: 5, pool: 2 },
    { dense: 128, inputs: 64 * 7 * 7 },
    { dense: 10, inputs: 128 },
  ],
};
export const w3 = {
  title: "W3: 784-200-100-60-30-10, batch 100, SGD with momentum",
  side: 28,
  batch: 100,
  optimizer: "sgd",
  layers: [200, 100, 60, 30, 10].map((dense, index, widths) => ({
    dense,
    inputs: widths[index - 1] ?? 784,
  })),
};
export const w4 = {
  title: "W4: LSTM 128, 65 symbols, batch 32, sequence 64, Adam",
  units: 128,
  symbols: 65,
  batch: 32,
  sequence: 64,
};

/** A workload for each side of the square matrices that are multiplied. */
export const products = (make) =>
  Object.fromEntries([128, 256, 512, 1024].map((side) => [`sgemm ${side}`, make(side)]));

export const rates = { adadelta: 1, adam: 0.001, sgd: 0.01 };
export const momentum = 0.9;

/** A seed's pictures and classes: strokes that differ by class, so that there is something to learn. */
export function pictures({ side, height = side }, count, seed = 1) {
  const random = uniform(seed);
  const pixels = new Uint8Array(count * height * side);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = Math.floor(10 * random());
    for (let y = 0; y < height; y++)
      for (let x = 0; x < side; x++) {
        const inside = (x * (labels[n] + 1) + 3 * y) % side < side / 3;
        pixels[(n * height + y) * side + x] = (inside ? 160 : 0) + 95 * random();
      }
  }
  return { pixels, labels, floats: Float32Array.from(pixels, (byte) => byte / 255) };
}

/** 65 characters. */
export const alphabet = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Symbols of a text in which each depends on the one before. */
export function symbols(count, seed = 1) {
  const random = uniform(seed);
  const text = new Int32Array(count);
  for (let i = 1; i < count; i++)
    text[i] = random() < 0.3 ? Math.floor(65 * random()) : (7 * text[i - 1] + 11) % 65;
  return text;
}

/** Batches of [sequence, batch] symbols and those that follow them. */
export function textBatches({ batch, sequence }, count) {
  const text = symbols(count * batch * sequence + 1);
  return Array.from({ length: count }, (_, index) => {
    const x = new Int32Array(sequence * batch);
    const y = new Int32Array(sequence * batch);
    for (let row = 0; row < batch; row++)
      for (let t = 0; t < sequence; t++) {
        const at = (row * count + index) * sequence + t;
        x[t * batch + row] = text[at];
        y[t * batch + row] = text[at + 1];
      }
    return { x, y };
  });
}

/** Rows of zeros with a one each. */
export function oneHot(indices, width) {
  const rows = new Float32Array(indices.length * width);
  indices.forEach((index, row) => (rows[row * width + index] = 1));
  return rows;
}

/** A symbol drawn from probabilities. */
export function draw(probabilities, random) {
  let left = random();
  for (let i = 0; i < probabilities.length; i++) if ((left -= probabilities[i]) < 0) return i;
  return probabilities.length - 1;
}

/** Initial weights, by fan-in. */
export function weights(count, fanIn, seed) {
  const random = uniform(seed);
  const bound = Math.sqrt(3 / fanIn);
  return Float32Array.from({ length: count }, () => bound * (2 * random() - 1));
}
