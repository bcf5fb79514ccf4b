// node tools/strip-curves.mjs CHECKPOINT OUT: the same checkpoint without its curves, small enough to come with a page.
import { readFileSync, writeFileSync } from "node:fs";

const [from, to] = process.argv.slice(2);
const file = readFileSync(from);
const headerBytes = Number(file.readBigUInt64LE(0));
const header = JSON.parse(file.toString("utf8", 8, 8 + headerBytes));
const history = JSON.parse(header.__metadata__.history);
header.__metadata__.history = JSON.stringify({ ...history, points: [], validation: [] });

const text = JSON.stringify(header);
const padded = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
const size = Buffer.alloc(8);
size.writeBigUInt64LE(BigInt(padded.length));
writeFileSync(to, Buffer.concat([size, padded, file.subarray(8 + headerBytes)]));
