import bagOfTricks from "../../models/bag-of-tricks.json?raw";
import cnn from "../../models/cnn.json?raw";
import convnetjs from "../../models/convnetjs-mnist.json?raw";
import lenet5 from "../../models/lenet5.json?raw";
import mlp from "../../models/mlp.json?raw";
import softmax from "../../models/softmax.json?raw";
import sprint from "../../models/sprint.json?raw";

export type NetworkId = "softmax" | "mlp" | "cnn" | "convnetjs-mnist" | "lenet5" | "sprint" | "bag-of-tricks";

export interface Network {
  id: NetworkId;
  title: string;
  /** What is new on this rung. */
  idea: string;
  /** Percent right on the 10,000 test images of MNIST: what is measured in the README, else what the lectures have. */
  expected: number;
  text: string;
}

/** From the simplest to the best: each rung adds one idea. */
export const networks: readonly Network[] = [
  { id: "softmax", title: "Softmax", idea: "one layer", expected: 92, text: softmax },
  { id: "mlp", title: "Perceptron", idea: "hidden layers", expected: 98.2, text: mlp },
  { id: "convnetjs-mnist", title: "ConvNetJS", idea: "tiny convolutions", expected: 98.9, text: convnetjs },
  { id: "cnn", title: "Strided CNN", idea: "strides in place of pooling", expected: 99.2, text: cnn },
  { id: "lenet5", title: "LeNet-5", idea: "LeCun 1998", expected: 99.2, text: lenet5 },
  { id: "sprint", title: "Sprint", idea: "a pass and a half", expected: 99.1, text: sprint },
  {
    id: "bag-of-tricks",
    title: "Bag of tricks",
    idea: "everything at once",
    expected: 99.6,
    text: bagOfTricks,
  },
];

export function networkText(id: NetworkId): string {
  return networks.find((network) => network.id === id)!.text;
}

export function isNetworkId(id: string | null): id is NetworkId {
  return networks.some((network) => network.id === id);
}
