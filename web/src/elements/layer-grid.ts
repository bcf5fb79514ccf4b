import type { WatchOptions } from "../api";

/** Space between two pictures, in CSS pixels. */
const kGap = 4;
/** Most units that are drawn one by one; more become one picture. */
const kUnits = 256;

export type Shape = readonly [channels: number, height: number, width: number];

/** How a layer's numbers are best shown: maps as they are, few units one by one, many as one picture. */
export function pictureShape(shape: readonly number[]): Shape {
  const [channels = 1, height, width] = shape;
  if (height !== undefined) return [channels, height, width ?? 1];
  if (channels <= kUnits) return [channels, 1, 1];
  let across = Math.floor(Math.sqrt(4 * channels));
  while (channels % across !== 0) across--;
  return [1, channels / across, across];
}

/**
 * How weights are best shown: filters as they are; rows of a dense layer as pictures of what lies before it, when that has
 * maps; else the matrix as one picture. Pictures of one unit follow each other.
 */
export function filterShape(weights: readonly number[], before: readonly number[]): Shape {
  const [rows = 1, across = 1, height, width] = weights;
  const maps: Shape =
    height !== undefined
      ? [rows * across, height, width ?? 1]
      : [(rows * across) / ((before[1] ?? 1) * (before[2] ?? 1)), before[1] ?? 1, before[2] ?? 1];
  return maps[0] <= kUnits && maps[2] > 1 ? maps : [1, rows, weights.slice(1).reduce((a, b) => a * b, 1)];
}

/** CSS pixels of a picture that is pleasant to look at. */
function wishedSize([pictures, , across]: Shape): number {
  if (across === 1) return pictures > 128 ? 10 : pictures > 32 ? 14 : 28;
  if (pictures === 1) return Math.max(112, Math.min(3 * across, 600));
  return pictures > 32 ? 32 : across >= 20 ? 72 : across >= 10 ? 60 : 44;
}

export type GridLayout = Required<Pick<WatchOptions, "scale" | "gap" | "columns" | "shape">>;

/**
 * The grid of a layer's pictures in a given width, in canvas pixels of a screen with `ratio` of them to a CSS pixel. Pictures
 * become a little smaller where that makes all rows full, and `zoom` times larger where that still fits.
 */
export function layGrid(shape: Shape, width: number, ratio: number, zoom = 1): GridLayout {
  const [pictures, , across] = shape;
  const gap = Math.max(1, Math.round((across === 1 && pictures > 32 ? 2 : kGap) * ratio));
  const columns = (scale: number): number =>
    Math.min(pictures, Math.max(1, Math.floor((width * ratio + gap) / (scale * across + gap))));
  const wished = Math.max(1, Math.round((Math.min(zoom * wishedSize(shape), width) * ratio) / across));
  for (let scale = wished; scale >= 0.6 * wished; scale--) {
    const fit = columns(scale);
    for (let even = fit; even >= 0.7 * fit; even--) {
      if (pictures % even === 0) return { shape, scale, gap, columns: even };
    }
  }
  return { shape, scale: wished, gap, columns: columns(wished) };
}
