import type { Example, Model } from "../api";
import { outputOf } from "./output-tensor";
import { extents } from "./stages";

/** How many images go through the network at once, and how many are kept of a channel. */
const kChunk = 50;
const kKept = 8;

/** Where a channel answered most in one image. */
export interface Peak {
  readonly image: number;
  readonly value: number;
  readonly row: number;
  readonly column: number;
}

/** For each channel of a layer the first test images that excite it most, above zero, most first; null when `isStale` says so. */
export async function findPeaks(
  model: Model,
  layer: string,
  images: number,
  onProgress: (done: number) => void,
  isStale: () => boolean,
): Promise<Peak[][] | null> {
  const { name, shape } = outputOf(model, layer)!;
  const [channels, height, width] = extents(shape);
  const peaks = Array.from({ length: channels }, (): Peak[] => []);
  for (let first = 0; first < images; first += kChunk) {
    const examples = Array.from({ length: Math.min(kChunk, images - first) }, (_, i): Example => ({
      split: "test",
      index: first + i,
    }));
    const [values] = await model.readAll([{ tensor: name }], examples);
    if (isStale()) return null;
    examples.forEach((_, i) =>
      peaks.forEach((kept, channel) => {
        const from = (i * channels + channel) * height * width;
        const best = largest(values!.subarray(from, from + height * width));
        keep(kept, {
          image: first + i,
          value: values![from + best]!,
          row: Math.floor(best / width),
          column: best % width,
        });
      }),
    );
    onProgress(first + examples.length);
  }
  return peaks;
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The largest stay, in order; zero excites nobody. */
function keep(peaks: Peak[], peak: Peak): void {
  if (!(peak.value > 0) || (peaks.length === kKept && peak.value <= peaks.at(-1)!.value)) return;
  const place = peaks.findIndex(({ value }) => value < peak.value);
  peaks.splice(place < 0 ? peaks.length : place, 0, peak);
  if (peaks.length > kKept) peaks.pop();
}
