import type { Model, Prediction } from "../api";
import type { Drawing } from "./view";

/** Side of the patch that is erased, and how far it moves, in pixels. */
const kPatch = 4;
const kStride = 2;

/** By how much the first of two classes is ahead of the second. */
const lead = ({ output }: Prediction, first: number, second: number): number =>
  output[first]! - output[second]!;

/**
 * How much smaller the lead of class `first` over class `second` gets when a patch of the drawing is erased: for each
 * pixel the mean over the patches that hold it. Null when `isStale` says so meanwhile.
 */
export async function occlusionMap(
  model: Model,
  { pixels, shape }: Drawing,
  whole: Prediction,
  first: number,
  second: number,
  isStale: () => boolean,
): Promise<Float32Array | null> {
  const [, height, width] = shape;
  const sum = new Float32Array(pixels.length);
  const count = new Float32Array(pixels.length);
  for (let top = 0; top + kPatch <= height; top += kStride) {
    const patches: { left: number; pixels: Uint8Array }[] = [];
    for (let left = 0; left + kPatch <= width; left += kStride) {
      const erased = pixels.slice();
      for (const i of patch(top, left, width)) erased[i] = 0;
      if (erased.some((byte, i) => byte !== pixels[i])) patches.push({ left, pixels: erased });
      for (const i of patch(top, left, width)) count[i]!++;
    }
    // A row at a time, so that others have their turn.
    const predictions = await model.predict(patches.map(({ pixels }) => ({ pixels, shape })));
    if (isStale()) return null;
    predictions.forEach((prediction, place) => {
      const loss = lead(whole, first, second) - lead(prediction, first, second);
      for (const i of patch(top, patches[place]!.left, width)) sum[i]! += loss;
    });
  }
  return sum.map((value, i) => (count[i]! > 0 ? value / count[i]! : 0));
}

function patch(top: number, left: number, width: number): number[] {
  return Array.from(
    { length: kPatch * kPatch },
    (_, i) => (top + Math.floor(i / kPatch)) * width + left + (i % kPatch),
  );
}
