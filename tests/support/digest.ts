// The digests of tests/core/test_digest.cpp, for sessions in Node and in browsers. Imports nothing: its functions are sent
// into pages.
import type { Session, Spec } from "../../web/src/api/types";

/** The nets whose curves are published in tests/golden/digests.json, and their specs. */
export const digestNets = [
  ["convnetjs-mnist", "web/models/convnetjs-mnist.json"],
  ["everything", "tests/golden/everything.json"],
] as const;

/** FNV-1a, 64 bits, over the little-endian bytes of numbers. */
export function digestOf(numbers: Float32Array): string {
  let hash = 14695981039346656037n;
  for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash.toString(16).padStart(16, "0");
}

/** Of the losses of the first 200 steps on 2,000 drawn digits. */
export async function curveDigest(session: Session, spec: Spec): Promise<string> {
  const model = await session.compile(spec);
  await model.data(await session.datasets.drawn({ training: 2000, test: 200, seed: 1 }));
  const { losses } = await model.stepOnce(200);
  return digestOf(losses);
}
