// ConvNetJS with the trainer of its MNIST page.
import { pictures, rates, momentum, w1, w2, w3 } from "./workloads.js";

const { convnetjs } = globalThis;

const trainers = {
  adadelta: { method: "adadelta", ro: 0.95, eps: 1e-6 },
  adam: { method: "adam", learning_rate: rates.adam, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
  sgd: { method: "sgd", learning_rate: rates.sgd, momentum },
};

function net({ side, layers }) {
  const made = new convnetjs.Net();
  made.makeLayers([
    layers[0].conv
      ? { type: "input", out_sx: side, out_sy: side, out_depth: 1 }
      : { type: "input", out_sx: 1, out_sy: 1, out_depth: side * side },
    ...layers.flatMap(({ conv, kernel, pool, dense }, index) => {
      if (!conv && index + 1 === layers.length) return [{ type: "softmax", num_classes: dense }];
      if (!conv) return [{ type: "fc", num_neurons: dense, activation: "relu" }];
      return [
        { type: "conv", sx: kernel, filters: conv, stride: 1, pad: (kernel - 1) / 2, activation: "relu" },
        { type: "pool", sx: pool, stride: pool },
      ];
    }),
  ]);
  return made;
}

function volumes({ side, layers }, floats) {
  const size = side * side;
  return Array.from({ length: floats.length / size }, (_, n) => {
    const volume = layers[0].conv ? new convnetjs.Vol(side, side, 1, 0) : new convnetjs.Vol(1, 1, size, 0);
    volume.w.set(floats.subarray(n * size, (n + 1) * size));
    return volume;
  });
}

function images(workload) {
  const { batch, optimizer } = workload;
  const { floats, labels } = pictures(workload, 8 * batch);
  const examples = volumes(workload, floats);
  const trainer = new convnetjs.Trainer(net(workload), { ...trainers[optimizer], batch_size: batch });
  let at = 0;
  return {
    async run(steps) {
      let sum = 0;
      for (let i = 0; i < steps * batch; i++, at++)
        sum += trainer.train(examples[at % examples.length], labels[at % examples.length]).cost_loss;
      return sum / (steps * batch);
    },
  };
}

function inference(workload) {
  const made = net(workload);
  const [example] = volumes(workload, pictures(workload, 1).floats);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) made.forward(example);
    },
  };
}

export default () => ({
  peer: "ConvNetJS",
  variant: async () => "js",
  workloads: {
    W1: async () => images(w1),
    W2: async () => images(w2),
    W3: async () => images(w3),
    "inference W1": async () => inference(w1),
    "inference W2": async () => inference(w2),
  },
});
