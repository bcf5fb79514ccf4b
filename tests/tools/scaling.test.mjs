import { expect, test } from "vitest";
import { summarize, tables } from "../../tools/bench/scaling-table.mjs";

const measured = (speeds) => ({
  name: "batch",
  axis: "batch size",
  peak: { operations: 40e6, ms: [1] },
  lines: [
    {
      name: "net",
      // A slow run among three changes no median.
      points: speeds.map((speed, index) => ({ x: 2 ** index, operations: speed * 1e6, ms: [1, 1, 9] })),
    },
  ],
});

test("a line stops to scale where it first has 90 % of its greatest speed, even if it slows down later", () => {
  const stops = (speeds) => summarize(measured(speeds)).lines[0].stops;
  expect(stops([1, 2, 4, 8])).toBe(8);
  expect(stops([1, 8.9, 9.1, 10])).toBe(4);
  expect(stops([5, 10, 7, 9.5])).toBe(2);
});

test("the table has a row for each size, and says where the line stops", () => {
  const sweep = summarize(measured([5, 10]));
  const text = tables(
    { sweeps: [sweep], variant: "relaxed" },
    { machine: "a machine", clock: "time", runs: 3 },
  );
  expect(text).toContain("| 2 | 1,000 | 10 |\n");
  expect(text).toContain("net from 2. Peak of 128-bit arithmetic: 40 GFLOP/s.");
});
