// Data as a page carries them: pieces of some hundred kilobytes, each a gzip stream of its own. A piece of pictures holds a
// byte for the label of each, then their pixels: training examples first, then those for testing.
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

/** Bytes that a piece should have as it travels. */
const kPieceBytes = 400_000;
/** Test examples in the first piece, at most: what a page validates on. */
const kFirstTest = 500;

/** Part of a manifest's entry: what a piece is called, and how to see that it is whole. */
function pieceOf(index, content) {
  const bytes = gzipSync(content, { level: 9 });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // Named by content, so that pieces of two versions are never taken for each other. No ".gz": servers would unpack it.
  const name = `${String(index).padStart(2, "0")}-${sha256.slice(0, 8)}.bin`;
  return { bytes, entry: { name, bytes: bytes.length, sha256, size: content.length } };
}

/** Pixels and labels of IDX files as published. */
function readIdx([images, labels], size) {
  return { pixels: images.subarray(16), labels: labels.subarray(8), count: (images.length - 16) / size };
}

/** The same of CIFAR-10's records: a label, then the pixels. */
function readRecords(file, size) {
  const count = file.length / (size + 1);
  const pixels = Buffer.alloc(count * size);
  const labels = Buffer.alloc(count);
  for (let i = 0; i < count; i++) {
    labels[i] = file[i * (size + 1)];
    file.copy(pixels, i * size, i * (size + 1) + 1, (i + 1) * (size + 1));
  }
  return { pixels, labels, count };
}

/** How many training and test examples each piece has: some of both, then the other test examples, then the rest. */
function plan(training, test, each) {
  const first = Math.min(kFirstTest, test, Math.ceil(each / 3));
  const pieces = [{ training: Math.min(training, each - first), test: first }];
  for (let at = first; at < test; at += each) pieces.push({ training: 0, test: Math.min(each, test - at) });
  for (let at = pieces[0].training; at < training; at += each)
    pieces.push({ training: Math.min(each, training - at), test: 0 });
  return pieces;
}

function cutPictures(files, shape) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const [training, test] =
    files.length === 4
      ? [readIdx(files, size), readIdx(files.slice(2), size)]
      : files.map((file) => readRecords(file, size));
  const sample = Math.min(500, training.count);
  const packed = gzipSync(training.pixels.subarray(0, sample * size)).length / sample;
  const next = [0, 0];
  const pieces = plan(training.count, test.count, Math.max(1, Math.floor(kPieceBytes / packed))).map(
    (counts, index) => {
      const rows = [
        [training, counts.training],
        [test, counts.test],
      ].map(([split, count], i) => {
        const from = next[i];
        next[i] += count;
        return [split.labels.subarray(from, next[i]), split.pixels.subarray(from * size, next[i] * size)];
      });
      const { bytes, entry } = pieceOf(index, Buffer.concat(rows.flat()));
      return { bytes, entry: { ...entry, ...counts } };
    },
  );
  return { pieces, counts: { training: training.count, test: test.count } };
}

function cutText(file) {
  const each = Math.ceil(file.length / Math.ceil(gzipSync(file).length / kPieceBytes));
  const pieces = [];
  for (let at = 0; at < file.length; at += each)
    pieces.push(pieceOf(pieces.length, file.subarray(at, at + each)));
  return { pieces, counts: {} };
}

/** The pieces of a data set whose files are as published, and what a manifest says of them; without a shape, of a text. */
export function cut(files, { shape, classes }) {
  const contents = files.map((file) => (file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file));
  const { pieces, counts } = shape ? cutPictures(contents, shape) : cutText(contents[0]);
  return {
    pieces: pieces.map(({ bytes, entry }) => ({ name: entry.name, bytes })),
    entry: { ...(shape ? { shape, classes, ...counts } : {}), pieces: pieces.map(({ entry }) => entry) },
  };
}
