// The functions of a module in another order: each call, export, table and name for one still means the same one.
import { expect, test } from "vitest";
import { orderFunctions } from "../../tools/order-functions.mjs";

const leb = (value) => (value > 127 ? [(value & 127) | 128, ...leb(value >> 7)] : [value]);
const section = (id, ...entries) => {
  const content = [...leb(entries.length), ...entries.flat()];
  return [id, ...leb(content.length), ...content];
};
const text = (value) => [value.length, ...Buffer.from(value)];
const body = (...code) => [...leb(code.length + 2), 0, ...code, 0x0b];
const signed = (value) => (value < 64 ? [value] : [(value & 127) | 128, ...signed(value >> 7)]);

const kCount = 300;
const kImports = 1;

/// Function i gives i: every third as a constant, every third from the one before and a vector whose bytes look like
/// calls, every third through the table. A start function notes that it ran.
function sample() {
  const functions = Array.from({ length: kCount }, (_, i) => {
    const one = [0x41, 1, 0x6a]; // i32.const 1, i32.add
    if (i % 3 === 0) return body(0x41, ...signed(i));
    if (i % 3 === 1)
      return body(0xfd, 12, ...Array(16).fill(0x10), 0x1a, 0x10, ...leb(kImports + i - 1), ...one); // v128.const, drop, call
    return body(0x41, ...signed(i - 1), 0x11, 0, 0, ...one); // call_indirect
  });
  const ran = body(0x41, 1, 0x24, 0); // global.set
  const all = functions.map((_, i) => kImports + i);
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, 0, 1, 0x7f], [0x60, 0, 0]),
    ...section(2, [...text("env"), ...text("unused"), 0, 1]),
    ...section(3, ...functions.map(() => [0]), [1]),
    ...section(4, [0x70, 0, ...leb(kCount)]),
    ...section(6, [0x7f, 1, 0x41, 0, 0x0b]),
    ...section(7, [...text("ran"), 3, 0], ...all.map((index, i) => [...text(`f${i}`), 0, ...leb(index)])),
    ...[8, 2, ...leb(kImports + kCount)],
    ...section(9, [0, 0x41, 0, 0x0b, ...leb(kCount), ...all.flatMap(leb)]),
    ...section(10, ...functions, ran),
  ]);
}

async function results(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, { env: { unused() {} } });
  const { ran, ...functions } = instance.exports;
  expect(ran.value).toBe(1);
  return Object.entries(functions).map(([name, run]) => `${name} ${run()}`);
}

test("every function is still what it was", async () => {
  const before = sample();
  const after = orderFunctions(before);
  expect(after.equals(before)).toBe(false);
  expect(await results(after)).toEqual(await results(before));
  expect((await results(after))[299]).toBe("f299 299");
});

test("an instruction that it does not know is refused", () => {
  const bytes = sample();
  bytes[bytes.lastIndexOf(0x24)] = 0xff;
  expect(() => orderFunctions(bytes)).toThrow("the instruction 0xff is unknown");
});
