import { expect, test } from "vitest";
import { Core } from "../../web/src/worker/core";
import { pictureShape } from "../../web/src/worker/painter";
import { paletteColors } from "../../web/src/worker/palettes";
import { arrange, layOut, mixColors } from "../../web/src/worker/pictures";

test("pictures lie side by side with gaps", () => {
  const grid = layOut(3, { width: 2, height: 1 }, { scale: 1, gap: 1, columns: 2 });
  expect(grid).toEqual({ width: 5, height: 3, columns: 2, rows: 2, tileWidth: 2, tileHeight: 1, gap: 1 });
  const out = new Uint32Array(15);
  arrange(Uint32Array.of(1, 2, 3, 4, 5, 6), 3, grid, 1, out);
  expect([...out]).toEqual([1, 2, 0, 3, 4, 0, 0, 0, 0, 0, 5, 6, 0, 0, 0]);
});

test("each number is a square of pixels when scaled", () => {
  const grid = layOut(1, { width: 2, height: 2 }, { scale: 2, gap: 3, columns: undefined });
  expect([grid.width, grid.height]).toEqual([4, 4]);
  const out = new Uint32Array(16);
  arrange(Uint32Array.of(1, 2, 3, 4), 1, grid, 2, out);
  expect([...out]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
});

test("by default the grid is near square", () => {
  expect(layOut(16, { width: 8, height: 8 }, { scale: 1, gap: 1, columns: undefined }).columns).toBe(4);
  expect(layOut(10, { width: 1, height: 1 }, { scale: 1, gap: 0, columns: undefined })).toMatchObject({
    columns: 4,
    rows: 3,
  });
});

test("three channels mix to one colour picture", () => {
  const out = new Uint32Array(1);
  mixColors(Float32Array.of(1, 0.5, -3), 1, 1, 0, 1, out);
  expect(out[0]).toBe(0xff0080ff);
});

test("palettes have 256 colours, a middle, and one for NaN", () => {
  for (const name of ["diverging", "diverging-dark", "grey", "ink"] as const) {
    const colors = paletteColors(name);
    expect(colors.length).toBe(257);
    expect(new Set(colors.subarray(0, 256)).has(colors[256]!)).toBe(false);
  }
  expect([...paletteColors("grey").filter((_, level) => level % 255 === 0)]).toEqual([
    0xff000000, 0xffffffff,
  ]);
});

test("the kernel colours numbers by level, and NaN apart", async () => {
  const core = await Core.load("simd");
  const [x, palette, out] = [
    core.call.allocate(4 * 5),
    core.call.allocate(4 * 257),
    core.call.allocate(4 * 5),
  ];
  const colors = paletteColors("grey");
  core.heap.words(palette, 257).set(colors);
  core.heap.floats(x, 5).set([-2, -1, 0.5, 7, NaN]);
  core.call.draw(x, 5, -1, 1, palette, out);
  expect([...core.heap.words(out, 5)]).toEqual([colors[0], colors[0], colors[191], colors[255], colors[256]]);
});

test("what becomes a picture", () => {
  const shape = (extents: number[], wanted?: [number, number, number]) =>
    pictureShape(
      { shape: extents, size: extents.reduce((a, b) => a * b, 1) },
      { ...(wanted ? { shape: wanted } : {}) },
    );
  expect(shape([8, 28, 28])).toEqual({ channels: 8, height: 28, width: 28 });
  expect(shape([16, 8, 5, 5])).toEqual({ channels: 128, height: 5, width: 5 });
  expect(shape([10, 784])).toEqual({ channels: 1, height: 10, width: 784 });
  expect(shape([10, 784], [10, 28, 28])).toEqual({ channels: 10, height: 28, width: 28 });
  expect(shape([10])).toEqual({ channels: 1, height: 1, width: 10 });
  expect(() => shape([10], [1, 3, 3])).toThrow(/1x3x3/);
});
