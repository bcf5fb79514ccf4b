// Pictures that the reader brought, as pixels to learn from and to test on.
import type { PixelData, Pictures } from "../api";
import { formatCount } from "./format";
import { type PictureFiles, type PictureTable, wrong } from "./own-kinds";

export interface Wishes {
  /** Pixels both ways. */
  readonly side: number;
  readonly colour: boolean;
  /** Share of each class that is tested on, from 0 to 1. */
  readonly heldOut: number;
}

/** How many pictures are decoded at once. */
const kAtOnce = 8;

/** Gives the data, and the pictures that could not be read. */
export async function toPixels(
  found: PictureFiles | PictureTable,
  { side, colour, heldOut }: Wishes,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<{ data: PixelData; unreadable: string[] }> {
  if (found.kind === "table") {
    const parts = found.test
      ? { training: found.training, test: found.test }
      : split(found.training, found.classes.length, heldOut);
    const { name, classes, shape } = found;
    return { data: { name, origin: "your own", classes, shape, ...parts }, unreadable: [] };
  }
  const channels = colour ? 3 : 1;
  const size = channels * side * side;
  const pixels = new Uint8Array(found.files.length * size);
  const labels = new Uint8Array(found.files.length);
  const unreadable: string[] = [];
  let count = 0;
  for (let first = 0; first < found.files.length; first += kAtOnce) {
    signal.throwIfAborted();
    const some = found.files.slice(first, first + kAtOnce);
    const bitmaps = await Promise.allSettled(some.map(({ file }) => createImageBitmap(file)));
    bitmaps.forEach((bitmap, i) => {
      if (bitmap.status === "rejected") return void unreadable.push(some[i]!.path);
      pixels.set(scaled(bitmap.value, side, channels), count * size);
      labels[count++] = some[i]!.label;
    });
    onProgress(Math.min(first + kAtOnce, found.files.length));
  }
  if (count === 0)
    throw wrong(
      `None of the ${formatCount(found.files.length)} pictures can be read; the first is ${unreadable[0]}.`,
    );
  const all = { pixels: pixels.subarray(0, count * size), labels: labels.subarray(0, count) };
  const { name, classes } = found;
  const parts = split(all, classes.length, heldOut);
  return { data: { name, origin: "your own", classes, shape: [channels, side, side], ...parts }, unreadable };
}

/** The middle square of a picture, on white where it lets light through. */
function scaled(bitmap: ImageBitmap, side: number, channels: number): Uint8Array {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  const edge = Math.min(bitmap.width, bitmap.height);
  context.drawImage(
    bitmap,
    (bitmap.width - edge) / 2,
    (bitmap.height - edge) / 2,
    edge,
    edge,
    0,
    0,
    side,
    side,
  );
  bitmap.close();
  const { data } = context.getImageData(0, 0, side, side);
  const plane = side * side;
  const bytes = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!];
    // Luma of Rec. 601.
    if (channels === 1) bytes[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    else [bytes[i], bytes[plane + i], bytes[2 * plane + i]] = [red, green, blue];
  }
  return bytes;
}

/** Holds out the same share of every class, spread evenly over its pictures. */
function split(
  { pixels, labels }: Pictures,
  classes: number,
  share: number,
): { training: Pictures; test: Pictures } {
  const size = pixels.length / labels.length;
  const counts = new Array<number>(classes).fill(0);
  const places: { training: number[]; test: number[] } = { training: [], test: [] };
  labels.forEach((label, i) => {
    const n = counts[label]!++;
    places[Math.floor((n + 1) * share) > Math.floor(n * share) ? "test" : "training"].push(i);
  });
  if (places.test.length === 0)
    throw wrong(
      `Of ${formatCount(labels.length)} pictures nothing is left to test on. Hold out a larger share, or bring more pictures of each class.`,
    );
  const pick = (indices: readonly number[]): Pictures => {
    const some = { pixels: new Uint8Array(indices.length * size), labels: new Uint8Array(indices.length) };
    indices.forEach((from, to) => {
      some.pixels.set(pixels.subarray(from * size, (from + 1) * size), to * size);
      some.labels[to] = labels[from]!;
    });
    return some;
  };
  return { training: pick(places.training), test: pick(places.test) };
}
