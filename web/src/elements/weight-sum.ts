import type { LayerSpec } from "../api";
import { formatCount, plural } from "./format";

/** How the weights of a layer come about: "16 filters × 8 × 5 × 5 + 16 biases"; "" where that takes more than a product. */
export function weightSum(layer: LayerSpec, weights: number): string {
  const { conv, dense, bias, kernel, connections = "full" } = layer;
  const outputs = Number(conv ?? dense);
  const biases = bias === false ? 0 : outputs;
  const side = conv === undefined ? 1 : Number(kernel);
  const inputs = (weights - biases) / (outputs * side * side);
  // Not where filters see some of the channels only.
  if (connections !== "full" || !Number.isInteger(inputs) || inputs < 1) return "";
  const factors =
    conv === undefined
      ? [plural(outputs, "unit"), plural(inputs, "input")]
      : [plural(outputs, "filter"), plural(inputs, "channel"), side, side];
  const offsets = biases ? ` + ${formatCount(biases)} ${biases === 1 ? "bias" : "biases"}` : "";
  return `${factors.join(" × ")}${offsets}`;
}
