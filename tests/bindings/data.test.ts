import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { cut } from "../../tools/pieces.mjs";
import { createSession } from "../../web/src/api/direct";
import type { Dataset, Spec } from "../../web/src/api/types";
import { join } from "../../web/src/worker/files";
import { expectError, root } from "./support";

const be32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const images = (count: number, side = 4) =>
  Uint8Array.from([
    ...be32(0x803),
    ...be32(count),
    ...be32(side),
    ...be32(side),
    ...Array.from({ length: count * side * side }, (_, i) => (7 * i) % 256),
  ]);
const labels = (values: number[]) => Uint8Array.from([...be32(0x801), ...be32(values.length), ...values]);
const files = {
  name: "mine",
  trainImages: images(3),
  trainLabels: labels([2, 0, 1]),
  testImages: images(2),
  testLabels: labels([1, 2]),
  classes: ["a", "b", "c"],
};

test("IDX files of one's own, gzip or not", async () => {
  const session = await createSession();
  const plain = await session.datasets.fromIdx(files);
  const packed = await session.datasets.fromIdx({
    ...files,
    trainImages: gzipSync(files.trainImages),
    testLabels: gzipSync(files.testLabels),
  });
  for (const data of [plain, packed]) {
    expect(data).toMatchObject({
      name: "mine",
      origin: "real",
      classes: ["a", "b", "c"],
      shape: [1, 4, 4],
      size: { training: 3, test: 2 },
    });
    const [last, first] = await data.examples("training", [2, 0]);
    expect([last!.label, first!.label]).toEqual([1, 2]);
    expect(last!.pixels).toEqual(files.trainImages.subarray(16 + 32));
    await expectError(data.examples("test", [2]), "invalid_argument", /no test example 2/);
  }
  await plain.close();
  await expectError(plain.examples("test", [0]), "not_found", /closed/);
  session.close();
});

test("damaged files get one sentence each", async () => {
  const session = await createSession();
  const { datasets } = session;
  await expectError(
    datasets.fromIdx({ ...files, trainImages: files.trainImages.subarray(0, 40) }),
    "invalid_data",
    /mine training images/,
  );
  await expectError(datasets.fromIdx({ ...files, testLabels: labels([1]) }), "invalid_data", /mine test/);
  await expectError(datasets.fromIdx({ ...files, trainLabels: labels([2, 0, 3]) }), "invalid_data", /3/);
  await expectError(
    datasets.fromIdx({ ...files, trainImages: gzipSync(files.trainImages).subarray(0, 20) }),
    "invalid_data",
    /gzip/,
  );
  await expectError(datasets.drawn({ training: 0 }), "invalid_argument", /count|number|digits/);
  session.close();
});

test("drawn digits follow from their seed, and say what they are", async () => {
  const session = await createSession();
  const one = await session.datasets.drawn({ training: 50, test: 20, seed: 4 });
  const two = await session.datasets.drawn({ training: 80, test: 20, seed: 4 });
  const three = await session.datasets.drawn({ training: 50, test: 20, seed: 5 });
  expect(one.origin).toMatch(/drawn/);
  expect(one.shape).toEqual([1, 28, 28]);
  const first = async (data: typeof one) => (await data.examples("training", [49]))[0];
  expect(await first(two)).toEqual(await first(one));
  expect(await first(three)).not.toEqual(await first(one));
  const [training] = await one.examples("training", [0]);
  const [test] = await one.examples("test", [0]);
  expect(test!.pixels).not.toEqual(training!.pixels);
  session.close();
});

/** A server of files, and what it was asked for. */
async function serve(files: Record<string, Uint8Array>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    asked.push(name);
    // As servers of single-page applications do for what is not there.
    if (!files[name]) response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    else response.end(files[name]);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, asked, close };
}

/** Noise, which no packing makes smaller: pieces of 100 pictures of 64x64. */
function published() {
  const side = 64;
  const noise = new RandomBytes();
  const of = (count: number) => Uint8Array.from([...images(0, side), ...noise.next(count * side * side)]);
  const classOf = (count: number) => Array.from({ length: count }, (_, i) => i % 3);
  const [training, test] = [400, 90];
  const original = [of(training), labels(classOf(training)), of(test), labels(classOf(test))];
  const { pieces, entry } = cut(
    original.map((file) => Buffer.from(file)),
    { shape: [1, side, side], classes: ["a", "b", "c"] },
  );
  const list = { sets: [{ name: "mnist", title: "MNIST", credit: "LeCun", ...entry }] };
  const files: Record<string, Uint8Array> = {
    "data/manifest.json": new TextEncoder().encode(JSON.stringify(list)),
  };
  for (const { name, bytes } of pieces) files[`data/mnist/${name}`] = bytes;
  return { files, names: pieces.map(({ name }) => `data/mnist/${name}`), entry, original };
}

class RandomBytes {
  #state = 1;
  next(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      return this.#state >>> 24;
    });
  }
}

test("published data sets come in pieces, with progress; a missing one says so", async () => {
  const { files, names, entry, original } = published();
  const { url, asked, close } = await serve(files);
  const session = await createSession({ dataUrl: `${url}/data` });
  expect(await session.datasets.available()).toEqual([{ name: "mnist", title: "MNIST", credit: "LeCun" }]);
  const progress: [number, number][] = [];
  const data = await session.datasets.mnist({ onProgress: (done, total) => progress.push([done, total]) });
  expect(data).toMatchObject({
    name: "mnist",
    origin: "real",
    classes: ["a", "b", "c"],
    shape: [1, 64, 64],
    size: { training: 400, test: 90 },
    arrived: { training: 400, test: 90 },
  });
  expect(names.length).toBeGreaterThan(3);
  // Some at once, each asked for once; on a busy machine their requests may arrive in another order.
  expect(asked.filter((name) => name.endsWith(".bin")).sort()).toEqual(names);
  const total = entry.pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(progress.at(-1)).toEqual([total, total]);
  // Cut and put together again, every example is what it was.
  for (const [split, file] of [
    ["training", 0],
    ["test", 2],
  ] as const) {
    const examples = await data.examples(split, [...Array(data.size[split]).keys()]);
    expect(Buffer.compare(join(examples.map(({ pixels }) => pixels)), original[file]!.subarray(16))).toBe(0);
    expect(examples.map(({ label }) => label)).toEqual([...original[file + 1]!.subarray(8)]);
  }
  await expectError(session.datasets.cifar10(), "not_found", /"cifar-10" do not lie beside/);
  session.close();

  const elsewhere = await createSession({ dataUrl: `${url}/nothing` });
  expect(await elsewhere.datasets.available()).toEqual([]);
  await expectError(
    elsewhere.datasets.mnist(),
    "not_found",
    /could not be fetched from .*nothing\/manifest.json/,
  );
  elsewhere.close();
  close();
});

test("data named at the start begin to come before they are asked for, each piece once", async () => {
  const { files, names } = published();
  const { url, asked, close } = await serve(files);
  const session = await createSession({ dataUrl: `${url}/data`, data: "mnist" });
  await expect.poll(() => asked).toEqual(["data/manifest.json", names[0]]);
  const progress: number[] = [];
  const data = await session.datasets.mnist({ onProgress: (done, total) => progress.push(done / total) });
  expect(data.arrived).toEqual({ training: 400, test: 90 });
  expect(progress.at(-1)).toBe(1);
  expect([...asked].sort()).toEqual(["data/manifest.json", ...names].sort());
  session.close();

  // A damaged one is asked for again, as if nothing had come.
  const whole = files[names[0]!]!;
  files[names[0]!] = whole.map((byte, i) => (i === 5000 ? byte ^ 1 : byte));
  const again = await createSession({ dataUrl: `${url}/data`, data: "mnist" });
  const troubles = new Set<string>();
  const mended = await again.datasets.mnist({
    onProgress: (_, __, trouble) => {
      if (trouble) files[names[0]!] = whole;
      if (trouble) troubles.add(trouble);
    },
  });
  expect([...troubles]).toEqual([
    expect.stringMatching(/Piece 1 of \d+ of MNIST .* is damaged\..*asked for again/),
  ]);
  for (const split of ["training", "test"] as const) {
    const indices = [...Array(data.size[split]).keys()];
    expect(await mended.examples(split, indices)).toHaveLength(indices.length);
  }
  again.close();

  // What is not there troubles nobody who asks for something else.
  const other = await createSession({ dataUrl: `${url}/data`, data: "cifar-10" });
  expect((await other.datasets.mnist()).size.training).toBe(400);
  other.close();
  close();
});

const tiny = { input: [1, 64, 64], layers: [{ dense: 3 }, { loss: "softmax" }], training: { batch: 10 } };

test("learning begins with the first piece; a damaged one is named, asked for again, and nothing is lost", async () => {
  const { files, names } = published();
  const whole = files[names[3]!]!;
  files[names[3]!] = whole.map((byte, i) => (i === 5000 ? byte ^ 1 : byte));
  const { url, asked, close } = await serve(files);
  const session = await createSession({ dataUrl: `${url}/data` });
  const model = await session.compile(tiny as Spec);
  const troubles = new Set<string | undefined>();
  let loading!: Promise<Dataset>;
  const first = await new Promise<Dataset>((onFirst) => {
    loading = session.datasets.mnist({ onFirst, onProgress: (_, __, trouble) => void troubles.add(trouble) });
    loading.catch(() => {});
  });
  expect(first.size).toEqual({ training: 400, test: 90 });
  expect(first.arrived.training).toBeLessThan(400);
  await model.data(first);
  await model.stepOnce(30);
  const failure = /Piece 4 of \d+ of MNIST \(03-\w+\.bin\) is damaged\./;
  await expectError(loading, "not_found", failure);
  expect([...troubles].find((trouble) => trouble)).toMatch(failure);
  expect(asked.filter((name) => name === names[3])).toHaveLength(4);
  const { arrived } = first;
  expect(arrived.training + arrived.test).toBeLessThan(490);
  // What is there can be learned from; what is not is stood in for.
  const [own] = await first.examples("training", [arrived.training - 1]);
  const [stand] = await first.examples("training", [2 * arrived.training - 1]);
  expect(stand!.pixels).toEqual(own!.pixels);
  if (arrived.test < 90) await expectError(model.evaluate("test"), "invalid_argument", /test examples/);
  expect(model.step).toBe(30);

  files[names[3]!] = whole;
  const before = asked.length;
  expect(await session.datasets.mnist()).toBe(first);
  expect(asked.slice(before)).toEqual(names.slice(3)); // and no other again
  expect(first.arrived).toEqual(first.size);
  expect((await model.evaluate("test")).examples).toBe(90);
  expect(model.step).toBe(30);
  session.close();
  close();
});

test("a run that begins when all is there does not depend on how it came", async () => {
  const { files } = published();
  const { url, close } = await serve(files);
  const losses: Float32Array[] = [];
  for (const early of [false, true]) {
    const session = await createSession({ dataUrl: `${url}/data` });
    const model = await session.compile(tiny as Spec);
    let beginning: Promise<unknown> = Promise.resolve();
    const onFirst = (dataset: Dataset) => {
      beginning = model.data(dataset).then(() => model.stepOnce(5));
    };
    const data = await session.datasets.mnist(early ? { onFirst } : {});
    await beginning;
    if (!early) await model.data(data);
    await model.startOver(3);
    losses.push((await model.stepOnce(60)).losses);
    session.close();
  }
  expect(losses[1]).toEqual(losses[0]);
  close();
});

// npm test has put the published files beside the page, where this machine has them or can fetch them.
test.runIf(existsSync(`${root}web/public/data/mnist`))("MNIST as published", async () => {
  const session = await createSession({ dataUrl: new URL(`file://${root}web/public/data/`) });
  const data = await session.datasets.mnist();
  expect(data).toMatchObject({
    name: "mnist",
    origin: "real",
    shape: [1, 28, 28],
    size: { training: 60_000, test: 10_000 },
  });
  const [first] = await data.examples("training", [0]);
  expect(first!.label).toBe(5);
  session.close();
});

const pixelData = {
  name: "mine",
  origin: "your own",
  shape: [3, 2, 2] as const,
  classes: ["a", "b"],
  training: { pixels: Uint8Array.from({ length: 36 }, (_, i) => i), labels: Uint8Array.of(0, 1, 1) },
  test: { pixels: new Uint8Array(12).fill(9), labels: Uint8Array.of(1) },
};

test("pictures as pixels, in colour; what does not fit is refused", async () => {
  const session = await createSession();
  const data = await session.datasets.fromPixels(pixelData);
  expect(data).toMatchObject({
    name: "mine",
    origin: "your own",
    classes: ["a", "b"],
    shape: [3, 2, 2],
    size: { training: 3, test: 1 },
  });
  const [last] = await data.examples("training", [2]);
  expect(last).toMatchObject({ label: 1, pixels: pixelData.training.pixels.subarray(24) });
  const { training } = pixelData;
  const wrong = (part: Partial<typeof training>) =>
    session.datasets.fromPixels({ ...pixelData, training: { ...training, ...part } });
  await expectError(wrong({ labels: Uint8Array.of(0, 1, 2) }), "invalid_data", /Label 2 of example 2/);
  await expectError(
    wrong({ pixels: new Uint8Array(35) }),
    "invalid_data",
    /3 pictures of 3x2x2 cannot have 35 bytes/,
  );
  await expectError(
    wrong({ pixels: new Uint8Array(), labels: new Uint8Array() }),
    "invalid_data",
    /0 pictures/,
  );
  session.close();
});

test("more is mixed into what is learned from, and the test stays", async () => {
  const session = await createSession();
  const base = await session.datasets.fromPixels(pixelData);
  const more = { pixels: new Uint8Array(12).fill(7), labels: Uint8Array.of(0) };
  const mixed = await session.datasets.mixed(base, more, { name: "mixed", times: 2 });
  expect(mixed).toMatchObject({ name: "mixed", classes: ["a", "b"], size: { training: 5, test: 1 } });
  const [old, first, last] = await mixed.examples("training", [2, 3, 4]);
  expect(old!.pixels).toEqual(pixelData.training.pixels.subarray(24));
  for (const one of [first!, last!]) expect(one).toMatchObject({ label: 0, pixels: more.pixels });
  await base.close();
  expect((await mixed.examples("training", [0]))[0]!.label).toBe(0); // a copy of its own
  await expectError(session.datasets.mixed(base, more, { name: "x", times: 1 }), "not_found", /closed/);
  session.close();
});
