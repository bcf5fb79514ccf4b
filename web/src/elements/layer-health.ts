import type { Example, Model, Update } from "../api";
import { histogram } from "./histogram";
import { layerSpecAt } from "./layer-spec";
import { outputOf } from "./output-tensor";

/** Test images that layers are judged by, and how many go through the network at once. */
export const kImages = 100;
const kChunk = 20;
/** Part of its range beyond which a tanh or sigmoid hardly answers any more. */
export const kSaturated = 0.97;
/** Most numbers that a distribution is made of. */
const kSample = 20_000;

/** How numbers are distributed. */
export interface Distribution {
  readonly bins: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly deviation: number;
}

/** What one layer's numbers say of its health; null where it has no such thing. */
export interface LayerHealth {
  readonly id: string;
  readonly activations: Distribution | null;
  readonly weights: Distribution | null;
  /** Units of a ReLU that gave zero for every image. */
  readonly dead: { readonly count: number; readonly of: number; readonly what: string } | null;
  /** Share of the answers of a tanh or sigmoid that are saturated. */
  readonly saturated: number | null;
}

/** Where an answer lies in the range of its activation, from −1 to 1. */
const places: Record<string, (y: number) => number> = { tanh: (y) => y, sigmoid: (y) => 2 * y - 1 };

/** The layers with weights or an activation, and how the test images go through them. */
export async function healthOf(model: Model): Promise<LayerHealth[]> {
  const layers = model.layers.flatMap(({ id, kind, pointer, parameterCount, output }) => {
    const tensor = outputOf(model, id);
    if (!tensor || kind === "loss" || (parameterCount === 0 && kind !== "act")) return [];
    const weight = model.tensors.find(({ name, kind }) => kind === "parameter" && name === `${id}.weight`);
    return [{ id, tensor, weight, act: activationOf(model, pointer), output }];
  });
  const found = layers.map(({ output, tensor }) => ({
    alive: new Array<boolean>(output[0] ?? 1).fill(false),
    saturated: 0,
    sample: [] as number[],
    every: stride(tensor.shape, kSample / kImages),
  }));
  const images = Math.min(kImages, model.dataset?.arrived.test ?? 0);
  for (let first = 0; first < images; first += kChunk) {
    const examples = Array.from({ length: Math.min(kChunk, images - first) }, (_, i): Example => ({
      split: "test",
      index: first + i,
    }));
    const read = await model.readAll(
      layers.map(({ tensor }) => ({ tensor: tensor.name })),
      examples,
    );
    layers.forEach(({ act }, k) => {
      const values = read[k]!;
      const layer = found[k]!;
      const { alive, sample, every } = layer;
      const each = values.length / examples.length / alive.length;
      const place = places[act];
      values.forEach((value, i) => {
        if (value > 0) alive[Math.floor(i / each) % alive.length] = true;
        if (place && Math.abs(place(value)) > kSaturated) layer.saturated++;
      });
      for (let i = 0; i < values.length; i += every) sample.push(values[i]!);
    });
  }
  const weights = await model.readAll(
    layers.flatMap(({ weight }) => (weight ? [{ tensor: weight.name }] : [])),
  );
  return layers.map(({ id, act, output, tensor, weight }, k) => {
    const { alive, saturated, sample } = found[k]!;
    const what = output.length === 3 ? "channel" : "unit";
    const values = images * tensor.shape.reduce((size, extent) => size * extent, 1);
    const activations = distribution(Float32Array.from(sample));
    const finite = areFinite(activations);
    return {
      id,
      activations,
      weights: weight ? distribution(weights.shift()!) : null,
      dead:
        finite && act === "relu"
          ? { count: alive.filter((lives) => !lives).length, of: alive.length, what }
          : null,
      saturated: finite && act in places ? saturated / values : null,
    };
  });
}

/** By which part of its length a step moves the weights of each layer. */
export function ratiosOf(updates: readonly Update[]): Map<string, number> {
  const sums = new Map<string, { weights: number; change: number }>();
  for (const { layer, weights, change } of updates) {
    const sum = sums.get(layer) ?? { weights: 0, change: 0 };
    sums.set(layer, { weights: sum.weights + weights, change: sum.change + change });
  }
  return new Map([...sums].map(([layer, { weights, change }]) => [layer, Math.sqrt(change / weights)]));
}

/** Odd, so that it visits all columns of a map. */
function stride(shape: readonly number[], most: number): number {
  return Math.ceil(shape.reduce((size, extent) => size * extent, 1) / most) | 1;
}

export function areFinite({ low, high }: Distribution): boolean {
  return Number.isFinite(high - low);
}

function distribution(values: Float32Array): Distribution {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { bins: histogram(values), low, high, deviation };
}

/** The activation that a layer ends with. */
function activationOf(model: Model, pointer: string): string {
  return String(layerSpecAt(model, pointer)?.["act"] ?? "");
}
