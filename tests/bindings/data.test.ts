import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createSession } from "../../web/src/api/direct";
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

test("published data sets come from their folder, with progress; a missing one says so", async () => {
  const folder: Record<string, Uint8Array> = {
    "/data/mnist/train-images-idx3-ubyte.gz": gzipSync(images(3)),
    "/data/mnist/train-labels-idx1-ubyte.gz": labels([2, 0, 1]), // as some servers unpack it
    "/data/mnist/t10k-images-idx3-ubyte.gz": gzipSync(images(2)),
    "/data/mnist/t10k-labels-idx1-ubyte.gz": gzipSync(labels([1, 2])),
  };
  const names = Object.keys(folder).map((name) => ({ name: name.slice(12), bytes: folder[name]!.length }));
  folder["/data/manifest.json"] = new TextEncoder().encode(
    JSON.stringify({ sets: [{ name: "mnist", title: "MNIST", credit: "LeCun", files: names }] }),
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const file = folder[request.url!];
    // As servers of single-page applications do for what is not there.
    if (!file) response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    else response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const host = `http://localhost:${(server.address() as AddressInfo).port}`;
  const session = await createSession({ dataUrl: `${host}/data` });
  expect(await session.datasets.available()).toEqual([{ name: "mnist", title: "MNIST", credit: "LeCun" }]);
  const progress: [number, number][] = [];
  const data = await session.datasets.mnist({ onProgress: (done, total) => progress.push([done, total]) });
  expect(data.size).toEqual({ training: 3, test: 2 });
  expect(data.classes[7]).toBe("7");
  const total = names.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(progress.at(-1)).toEqual([total, total]);
  await expectError(session.datasets.cifar10(), "not_found", /CIFAR-10 does not lie beside/);
  expect(asked.some((name) => name.includes("cifar"))).toBe(false);
  session.close();

  const elsewhere = await createSession({ dataUrl: `${host}/nothing` });
  expect(await elsewhere.datasets.available()).toEqual([]);
  await expectError(elsewhere.datasets.mnist(), "not_found", /could not be fetched/);
  elsewhere.close();
  server.close();
  server.closeAllConnections();
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
  await expectError(wrong({ pixels: new Uint8Array(35) }), "invalid_data", /3 pictures of 3x2x2 cannot have 35 bytes/);
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
