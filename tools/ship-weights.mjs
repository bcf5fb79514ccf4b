// node tools/ship-weights.mjs CHECKPOINT OUT: the same checkpoint without its curves and with its numbers as IEEE 754
// binary16, small enough to come with a page.
import { readFileSync, writeFileSync } from "node:fs";

/** The nearest binary16 number, of two equally near the even one; infinity beyond 65,504. */
function toHalf(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? 0x8000 : 0;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  // Adding 2^52 rounds to whole numbers, to even between two.
  const fraction = size / 2 ** (exponent - 10) + 2 ** 52 - 2 ** 52;
  return sign + Math.min((exponent + 14) * 1024 + fraction, 0x7c00);
}

const [from, to] = process.argv.slice(2);
const file = readFileSync(from);
const headerBytes = Number(file.readBigUInt64LE(0));
const header = JSON.parse(file.toString("utf8", 8, 8 + headerBytes));
const history = JSON.parse(header.__metadata__.history);
header.__metadata__.history = JSON.stringify({ ...history, points: [], validation: [] });

const numbers = [];
for (const [name, tensor] of Object.entries(header)) {
  if (name === "__metadata__") continue;
  if (tensor.dtype !== "F32") throw new Error(`${from}: "${name}" holds ${tensor.dtype}, not F32.`);
  const [begin, end] = tensor.data_offsets.map((offset) => 8 + headerBytes + offset);
  tensor.dtype = "F16";
  tensor.data_offsets = [2 * numbers.length, 2 * numbers.length + (end - begin) / 2];
  for (let at = begin; at < end; at += 4) numbers.push(toHalf(file.readFloatLE(at)));
}

const text = JSON.stringify(header);
const padded = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
const size = Buffer.alloc(8);
size.writeBigUInt64LE(BigInt(padded.length));
writeFileSync(to, Buffer.concat([size, padded, Buffer.from(Uint16Array.from(numbers).buffer)]));
