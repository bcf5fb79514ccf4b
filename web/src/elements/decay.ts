import type { Model } from "../api";
import { layerSpecAt } from "./layer-spec";

/** Biases, gammas and shifts are never decayed. */
const kOffset = /(bias|gamma|shift|peephole)$/;

/**
 * What L2 decay adds to the loss that a step lowers; null where it is no part of a loss: without decay, and with AdamW, which
 * shrinks the weights itself.
 *
 * Math    l2 / 2 · Σ w²
 */
export async function decayLoss(model: Model): Promise<number | null> {
  const { l2, type, decay_per_example } = model.options.optimizer;
  if (!(l2 > 0) || type === "adamw") return null;
  const weights = model.tensors.filter(({ name, kind }) => kind === "parameter" && !kOffset.test(name));
  const values = await model.readAll(weights.map(({ name }) => ({ tensor: name })));
  const sum = weights.reduce(
    (sum, { layer }, i) =>
      sum + multiplierOf(model, layer) * values[i]!.reduce((squares, w) => squares + w * w, 0),
    0,
  );
  return (l2 / 2 / (decay_per_example ? model.options.batch : 1)) * sum;
}

/** How much more or less than others a layer is decayed, as its spec says. */
function multiplierOf(model: Model, id: string): number {
  const { pointer = "" } = model.layers.find((layer) => layer.id === id) ?? {};
  const { l2 = 1 } = (layerSpecAt(model, pointer) ?? {}) as { l2?: number };
  return l2;
}
