import { LivegradError } from "../api/errors";
import type { DatasetInfo, DatasetRequest } from "../api/protocol";
import type { AvailableDataset, DatasetExample, PixelData, Pictures } from "../api/types";
import type { Core } from "./core";
import { fetchBytes, join, unpack } from "./files";
import type { Manifest } from "./manifest";

const digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The data sets that `dataUrl` may hold: a folder each, files as published. */
const published = {
  mnist: { title: "MNIST", kind: "idx", classes: digits },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    kind: "idx",
    classes: [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ],
  },
  "cifar-10": {
    title: "CIFAR-10",
    kind: "cifar10",
    classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  },
} as const;

const idxFiles = [
  "train-images-idx3-ubyte.gz",
  "train-labels-idx1-ubyte.gz",
  "t10k-images-idx3-ubyte.gz",
  "t10k-labels-idx1-ubyte.gz",
];
const cifarFiles = ["data_batch_1.bin.gz", "test_batch_first1000.bin.gz"];

/** What C++ tells of a data set: where its pixels and labels lie. */
interface Placed extends Omit<DatasetInfo, "size"> {
  readonly training: { readonly size: number; readonly pixels: number; readonly labels: number };
  readonly test: Placed["training"];
}

/** The data sets of a session. */
export class HostDatasets {
  readonly #core: Core;
  readonly #folder: string;
  readonly #placed = new Map<number, Placed>();
  readonly #manifest: Manifest;

  constructor(core: Core, folder: string, manifest: Manifest) {
    this.#core = core;
    this.#folder = folder;
    this.#manifest = manifest;
  }

  async available(): Promise<readonly AvailableDataset[]> {
    const sets = (await this.#manifest.sets()) ?? [];
    return sets
      .filter(({ name }) => name in published)
      .map(({ name, title, credit }) => ({ name, title, credit }));
  }

  async load(
    request: DatasetRequest,
    onProgress: (done: number, total: number) => void,
  ): Promise<DatasetInfo> {
    if (request.kind === "drawn") return this.#make(request);
    if (request.kind === "published") return this.#loadPublished(request.name, onProgress);
    if (request.kind === "pixels") return this.#makeFromPixels(request.data);
    if (request.kind === "mixed") return this.#mix(request.base, request.more, request.name, request.times);
    const { name, trainImages, trainLabels, testImages, testLabels, classes } = request.files;
    const files = await Promise.all(
      [trainImages, trainLabels, testImages, testLabels].map((file) => unpack(file, name)),
    );
    return this.#makeFromFiles("idx", name, classes ?? [], files);
  }

  examples(id: number, split: "training" | "test", indices: readonly number[]): DatasetExample[] {
    const placed = this.#find(id);
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

  async #loadPublished(
    name: keyof typeof published,
    onProgress: (done: number, total: number) => void,
  ): Promise<DatasetInfo> {
    const { title, kind, classes } = published[name];
    const sets = await this.#manifest.sets();
    const listed = sets?.find((set) => set.name === name);
    // With a manifest, a request that would fail need not be made.
    if (sets && !listed)
      throw new LivegradError(
        "not_found",
        name,
        `${title} does not lie beside this page. Use the digits that the program draws, or your own files.`,
      );
    const names = kind === "idx" ? idxFiles : cifarFiles;
    const total = listed ? listed.files.reduce((sum, file) => sum + file.bytes, 0) : 0;
    const done = new Map<string, number>();
    const files = await Promise.all(
      names.map(async (file) => {
        const packed = await fetchBytes(`${this.#folder}${name}/${file}`, (bytes) => {
          done.set(file, bytes);
          onProgress(
            [...done.values()].reduce((sum, part) => sum + part, 0),
            total,
          );
        });
        return unpack(packed, file);
      }),
    );
    return this.#makeFromFiles(kind, name, classes, files);
  }

  #makeFromFiles(
    kind: "idx" | "cifar10",
    name: string,
    classes: readonly string[],
    files: readonly Uint8Array[],
  ): DatasetInfo {
    return this.#core.withFiles(files, (...places) =>
      this.#make(
        kind === "idx"
          ? {
              kind,
              name,
              classes,
              train: { images: places[0], labels: places[1] },
              test: { images: places[2], labels: places[3] },
            }
          : { kind, name, classes, train: places[0], test: places[1] },
      ),
    );
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
    const { origin, classes, shape, training, test } = this.#find(base);
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

  #find(id: number): Placed {
    const placed = this.#placed.get(id);
    if (!placed) throw new LivegradError("not_found", "data", "There is no such data set: it was closed.");
    return placed;
  }

  #make(request: object): DatasetInfo {
    const placed = JSON.parse(this.#core.call.makeDataset(JSON.stringify(request))) as Placed;
    this.#placed.set(placed.id, placed);
    const { id, name, origin, classes, shape, training, test } = placed;
    return { id, name, origin, classes, shape, size: { training: training.size, test: test.size } };
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
