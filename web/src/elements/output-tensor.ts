import type { Model, TensorInfo } from "../api";

/** What the layers after this one see of it; "input" is what the network is shown. */
export function outputOf(model: Model, layer: string): TensorInfo | undefined {
  const tensors = model.tensors.filter(
    ({ kind, type, perExample }) => kind === "value" && type === "real" && perExample,
  );
  if (layer === "input") return tensors.find(({ op }) => op === "");
  const own = model.layers.find(({ id }) => id === layer)?.tensors ?? [];
  // A layer has other values, too, such as the mask of dropout.
  return (
    tensors.findLast(({ name }) => name === `${layer}.out`) ??
    tensors.findLast(({ name }) => own.includes(name))
  );
}
