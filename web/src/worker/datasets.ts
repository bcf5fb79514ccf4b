import { LivegradError } from "../api/errors";
import type { DatasetInfo, DatasetRequest } from "../api/protocol";
import type { AvailableDataset, DatasetExample, PixelData, Pictures } from "../api/types";
import type { Core } from "./core";
import { join, unpack } from "./files";
import type { Listed, Manifest } from "./manifest";
import { fetchPieces, type Piece, type Tell } from "./pieces";

/** What C++ tells of a data set: where its pixels and labels lie. */
interface Placed extends Omit<DatasetInfo, "size" | "arrived"> {
  readonly training: { readonly size: number; readonly pixels: number; readonly labels: number };
  readonly test: Placed["training"];
  /** Examples that are there, from the first on: of data on their way, the first pieces'. */
  readonly arrived: { training: number; test: number };
}

/** Data of which pieces are there, and others not yet. */
interface Arrival {
  placed: Placed | null;
  pieces: number;
  /** Training examples when stand-ins were made. */
  stoodIn: number;
}

/** The data sets of a session. */
export class HostDatasets {
  readonly #core: Core;
  readonly #placed = new Map<number, Placed>();
  readonly #manifest: Manifest;
  /** Data that lack a piece: asked for again, they go on from there. */
  readonly #broken = new Map<string, Arrival>();

  constructor(core: Core, manifest: Manifest) {
    this.#core = core;
    this.#manifest = manifest;
  }

  async available(): Promise<readonly AvailableDataset[]> {
    const sets = await this.#manifest.sets().catch(() => []);
    return sets.filter(({ shape }) => shape).map(({ name, title, credit }) => ({ name, title, credit }));
  }

  async load(
    request: DatasetRequest,
    tell: (...news: [...Parameters<Tell>, dataset?: DatasetInfo]) => void,
  ): Promise<DatasetInfo> {
    if (request.kind === "drawn") return this.#make(request);
    if (request.kind === "published") return this.#loadPublished(request.name, tell);
    if (request.kind === "pixels") return this.#makeFromPixels(request.data);
    if (request.kind === "mixed") return this.#mix(request.base, request.more, request.name, request.times);
    const { name, trainImages, trainLabels, testImages, testLabels, classes } = request.files;
    const files = await Promise.all(
      [trainImages, trainLabels, testImages, testLabels].map((file) => unpack(file, name)),
    );
    return this.#core.withFiles(files, (...places) => {
      const [train, test] = [0, 2].map((i) => ({ images: places[i], labels: places[i + 1] }));
      return this.#make({ kind: "idx", name, classes: classes ?? [], train, test });
    });
  }

  find(id: number): Placed {
    const placed = this.#placed.get(id);
    if (!placed) throw new LivegradError("not_found", "data", "There is no such data set: it was closed.");
    return placed;
  }

  examples(id: number, split: "training" | "test", indices: readonly number[]): DatasetExample[] {
    const placed = this.find(id);
    const { size, pixels, labels } = placed[split];
    const bytes = sizeOf(placed.shape);
    return indices.map((index) => {
      if (!Number.isInteger(index) || index < 0 || index >= size)
        throw new LivegradError(
          "invalid_argument",
          "data",
          `There is no ${split} example ${index}: ${placed.name} has ${size}, counted from 0.`,
        );
      return {
        index,
        pixels: this.#core.heap.bytes(pixels + index * bytes, bytes).slice(),
        shape: placed.shape,
        label: this.#core.heap.indices(labels + index * 4, 1)[0]!,
      };
    });
  }

  close(id: number): void {
    this.#core.call.closeDataset(id);
    this.#placed.delete(id);
  }

  /** Tells of the data as soon as the first piece is there; resolves when all are. */
  async #loadPublished(name: string, tell: Parameters<HostDatasets["load"]>[1]): Promise<DatasetInfo> {
    const { folder } = this.#manifest;
    const set = await this.#manifest.find(name, "Use the digits that the program draws, or your own files.");
    const arrival = this.#broken.get(name) ?? { placed: null, pieces: 0, stoodIn: 0 };
    this.#broken.delete(name);
    const info = (): DatasetInfo | undefined => (arrival.placed ? infoOf(arrival.placed) : undefined);
    try {
      await fetchPieces(
        `${folder}${name}/`,
        set.title,
        set.pieces,
        arrival.pieces,
        (done, total, trouble) => tell(done, total, trouble, info()),
        (content, index) => this.#place(arrival, set, set.pieces[index]!, content),
        this.#manifest.ahead(name),
      );
    } catch (error) {
      if (!arrival.placed || this.#placed.has(arrival.placed.id)) this.#broken.set(name, arrival);
      throw error;
    }
    return info()!;
  }

  /** Puts a piece where its examples belong. The first makes room for all. */
  #place(arrival: Arrival, set: Listed, piece: Piece, content: Uint8Array): void {
    const size = sizeOf(set.shape!);
    if (!arrival.placed) {
      arrival.placed = this.#makeFromPiece(set, piece, content);
      arrival.stoodIn = piece.training!;
      arrival.pieces = 1;
      return;
    }
    const placed = this.find(arrival.placed.id);
    const { bytes, indices } = this.#core.heap;
    let at = 0;
    for (const split of ["training", "test"] as const) {
      const count = piece[split]!;
      const { pixels, labels } = placed[split];
      const first = placed.arrived[split];
      indices(labels + 4 * first, count).set(content.subarray(at, at + count));
      bytes(pixels + size * first, size * count).set(content.subarray(at + count, at + count * (1 + size)));
      at += count * (1 + size);
      placed.arrived[split] += count;
    }
    arrival.pieces++;
    if (placed.arrived.training < 2 * arrival.stoodIn && placed.arrived.training < set.training) return;
    arrival.stoodIn = placed.arrived.training;
    standIn(
      this.#core.heap.bytes(placed.training.pixels, set.training * size),
      placed.arrived.training * size,
    );
    standIn(this.#core.heap.indices(placed.training.labels, set.training), placed.arrived.training);
  }

  /** Room for all, with the first piece in place of the others: written where C++ reads it, since all of it is large. */
  #makeFromPiece(
    { name, shape, classes, training, test }: Listed,
    piece: Piece,
    content: Uint8Array,
  ): Placed {
    const size = sizeOf(shape!);
    const lengths = [training, test].flatMap((count) => [count, count * size]);
    const made = this.#core.withRoom(lengths, (...places) => {
      let at = 0;
      places.forEach(([offset, length], i) => {
        const part = piece[i < 2 ? "training" : "test"]! * (i % 2 ? size : 1);
        const bytes = this.#core.heap.bytes(offset, length);
        bytes.set(content.subarray(at, at + part));
        if (part > 0) standIn(bytes, part);
        else bytes.fill(0);
        at += part;
      });
      const [train, check] = [0, 2].map((i) => ({ labels: places[i], pixels: places[i + 1] }));
      return this.#make({ kind: "pixels", name, origin: "real", classes, shape, train, test: check });
    });
    const placed = this.find(made.id);
    Object.assign(placed.arrived, { training: piece.training, test: piece.test });
    return placed;
  }

  #makeFromPixels({ name, origin, classes, shape, training, test }: PixelData): DatasetInfo {
    const size = sizeOf(shape);
    for (const { pixels, labels } of [training, test])
      if (!(labels.length > 0 && pixels.length === labels.length * size))
        throw new LivegradError(
          "invalid_data",
          name,
          `${labels.length} pictures of ${shape.join("x")} cannot have ${pixels.length} bytes.`,
        );
    return this.#core.withFiles([training.pixels, training.labels, test.pixels, test.labels], (...places) => {
      const [train, check] = [0, 2].map((i) => ({ pixels: places[i], labels: places[i + 1] }));
      return this.#make({ kind: "pixels", name, origin, classes, shape, train, test: check });
    });
  }

  #mix(base: number, more: Pictures, name: string, times: number): DatasetInfo {
    const { origin, classes, shape, training, test } = this.find(base);
    const copies = Array.from({ length: times }, () => more);
    const [before, check] = [training, test].map(({ size, pixels, labels }) => ({
      pixels: this.#core.heap.bytes(pixels, size * sizeOf(shape)),
      labels: Uint8Array.from(this.#core.heap.indices(labels, size)),
    })) as [Pictures, Pictures];
    return this.#makeFromPixels({
      name,
      origin,
      classes,
      shape: shape as PixelData["shape"],
      training: {
        pixels: join([before.pixels, ...copies.map(({ pixels }) => pixels)]),
        labels: join([before.labels, ...copies.map(({ labels }) => labels)]),
      },
      // A copy: the heap may move while the new data are made.
      test: { pixels: check.pixels.slice(), labels: check.labels },
    });
  }

  #make(request: object): DatasetInfo {
    const made = JSON.parse(this.#core.call.makeDataset(JSON.stringify(request))) as Omit<Placed, "arrived">;
    const placed = { ...made, arrived: { training: made.training.size, test: made.test.size } };
    this.#placed.set(placed.id, placed);
    return infoOf(placed);
  }
}

function infoOf({ training, test, arrived, ...info }: Placed): DatasetInfo {
  return { ...info, size: { training: training.size, test: test.size }, arrived: { ...arrived } };
}

/** What is not there yet is stood in for by the first `there` of it. */
function standIn(all: Uint8Array | Int32Array, there: number): void {
  for (let at = there; at < all.length; at += there) all.copyWithin(at, 0, Math.min(there, all.length - at));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
