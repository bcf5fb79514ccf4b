// IDX files, as MNIST's: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
import type { Pictures } from "../api";
import { formatCount } from "./format";
import type { Brought } from "./learner";
import { checkCounts, type PictureTable, wrong } from "./own-kinds";

interface Idx {
  readonly path: string;
  readonly extents: readonly number[];
  readonly bytes: Uint8Array;
}

/** Begins as an IDX file of bytes does. */
export async function isIdx(file: Blob): Promise<boolean> {
  const [a, b, type, axes] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return a === 0 && b === 0 && type === 8 && (axes === 1 || axes === 3);
}

async function read({ path, file }: Brought): Promise<Idx> {
  const view = new DataView(await file.arrayBuffer());
  const axes = view.getUint8(3);
  const header = 4 + 4 * axes;
  const extents = Array.from({ length: axes }, (_, axis) =>
    view.byteLength >= header ? view.getUint32(4 + 4 * axis) : 0,
  );
  const size = extents.reduce((product, extent) => product * extent, 1);
  if (view.byteLength !== header + size || size === 0)
    throw wrong(
      `${path} is a damaged IDX file: it tells of ${extents.join(" × ")} bytes and has ${formatCount(Math.max(0, view.byteLength - header))}.`,
    );
  return { path, extents, bytes: new Uint8Array(view.buffer, header) };
}

/** Pictures and labels; with four files, those named "test" or "t10k" are tested on. */
export async function readIdx(name: string, files: readonly Brought[]): Promise<PictureTable> {
  const read_ = await Promise.all(files.map(read));
  const isTest = ({ path }: Idx): boolean => /test|t10k|valid/i.test(path);
  const pair = (test: boolean): { images: Idx; pictures: Pictures } | null => {
    const those = read_.length <= 2 ? (test ? [] : read_) : read_.filter((file) => isTest(file) === test);
    if (those.length === 0) return null;
    const images = those.filter(({ extents }) => extents.length === 3);
    const labels = those.filter(({ extents }) => extents.length === 1);
    if (images.length !== 1 || labels.length !== 1)
      throw wrong(
        `IDX files come in pairs, pictures and labels; here are ${images.length} of pictures and ${labels.length} of labels${test ? " to test on" : ""}. Choose both at once.`,
      );
    const [count] = images[0]!.extents;
    if (labels[0]!.extents[0] !== count)
      throw wrong(
        `${images[0]!.path} has ${formatCount(count!)} pictures, and ${labels[0]!.path} has ${formatCount(labels[0]!.extents[0]!)} labels.`,
      );
    return { images: images[0]!, pictures: { pixels: images[0]!.bytes, labels: labels[0]!.bytes } };
  };
  const training = pair(false);
  if (!training) throw wrong("There are only files to test on, and none to learn from.");
  const test = pair(true);
  const [count = 0, height = 0, width = 0] = training.images.extents;
  if (test && test.images.extents.slice(1).join() !== [height, width].join())
    throw wrong(
      `The pictures of ${test.images.path} are ${test.images.extents.slice(1).join(" × ")}, those of ${training.images.path} ${height} × ${width}.`,
    );
  const largest = [training, test].reduce(
    (most, part) => Math.max(most, part?.pictures.labels.reduce((a, b) => Math.max(a, b), 0) ?? 0),
    0,
  );
  if (largest === 0) throw wrong("Every picture has the label 0. There must be two classes or more.");
  checkCounts(count, largest + 1);
  return {
    kind: "table",
    name,
    classes: Array.from({ length: largest + 1 }, (_, label) => String(label)),
    shape: [1, height, width],
    training: training.pictures,
    test: test?.pictures ?? null,
  };
}
