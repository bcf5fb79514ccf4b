import type { DatasetExample, Model, Prediction } from "../api";
import { outputOf } from "./output-tensor";
import { extents } from "./stages";
import { runnerUp } from "./view";

/** One step, the fast gradient sign method; or many small ones, projected gradient descent. */
export type Method = "fgsm" | "pgd";

export const kSteps = 20;
/** Halvings in the search for the smallest change. */
const kHalvings = 7;

export interface Attack {
  readonly image: DatasetExample;
  readonly result: DatasetExample;
  readonly before: Prediction;
  readonly after: Prediction;
  /** The class that the network is to see. */
  readonly target: number;
  /** Most that a pixel may change, as a part of the way from black to white. */
  readonly epsilon: number;
}

export const fools = ({ before, after }: Attack): boolean => after.best !== before.best;

/**
 * Steps against the gradient of the loss for `target`, none of them leading further than `epsilon` from the image in any
 * pixel. Without a target, or one that the network sees already, it is to see what it thinks second likeliest. Null where
 * the network's answer is none.
 *
 * Math    x ← clip(x − α·sign(∂loss(x, target)/∂x), x₀ ± ε)
 * Ref     Goodfellow et al. 2015, "Explaining and harnessing adversarial examples"; Madry et al. 2018, "Towards deep
 *         learning models resistant to adversarial attacks"
 */
export async function attack(
  model: Model,
  image: DatasetExample,
  wanted: number | null,
  epsilon: number,
  method: Method,
): Promise<Attack | null> {
  const { pixels, shape } = image;
  const [before] = await model.predict([{ pixels, shape }]);
  if (!before?.probabilities || before.best < 0) return null;
  const target = wanted === null || wanted === before.best ? runnerUp(before) : wanted;
  const input = outputOf(model, "input")!;
  const [channels, height, width] = extents(input.shape);
  const [, fullHeight, fullWidth] = extents(shape);
  // Networks with crops see the centre.
  const [top, left] = [(fullHeight - height) >> 1, (fullWidth - width) >> 1];
  const most = 255 * epsilon;
  const steps = method === "fgsm" ? 1 : kSteps;
  const step = (method === "fgsm" ? 1 : 2.5 / kSteps) * most * Math.sign(model.options.scaling.scale);
  const changed = Float32Array.from(pixels);
  const bytes = (): Uint8Array => Uint8Array.from(changed, (value) => Math.round(value));
  for (let i = 0; i < steps && most > 0; i++) {
    const [gradient] = await model.readAll(
      [{ tensor: input.name, gradient: true }],
      [{ pixels: bytes(), shape, label: target }],
    );
    for (let channel = 0, k = 0; channel < channels; channel++)
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++, k++) {
          const at = (channel * fullHeight + row + top) * fullWidth + column + left;
          const [least, largest] = [Math.max(0, pixels[at]! - most), Math.min(255, pixels[at]! + most)];
          changed[at] = Math.max(least, Math.min(largest, changed[at]! - step * Math.sign(gradient![k]!)));
        }
  }
  const result = { ...image, pixels: bytes() };
  const [after] = await model.predict([{ pixels: result.pixels, shape }]);
  return { image, result, before, after: after!, target, epsilon };
}

/** The attack with about the smallest epsilon below `limit` that fools the network; null when none does. */
export async function smallestAttack(
  model: Model,
  image: DatasetExample,
  wanted: number | null,
  limit: number,
  method: Method,
): Promise<Attack | null> {
  let found = await attack(model, image, wanted, limit, method);
  if (!found || !fools(found)) return null;
  let low = 0;
  for (let i = 0; i < kHalvings; i++) {
    const middle: number = (low + found.epsilon) / 2;
    const next: Attack | null = await attack(model, image, wanted, middle, method);
    if (next && fools(next)) found = next;
    else low = middle;
  }
  return found;
}
