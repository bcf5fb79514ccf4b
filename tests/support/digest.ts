// The digests of tests/core/test_digest.cpp, for sessions in Node and in browsers. Imports nothing: it is sent into pages.
import type { Session, Spec } from "../../web/src/api/types";

/** The nets whose curves are published in tests/golden/digests.json, and their specs. */
export const digestNets = [
  ["convnetjs-mnist", "web/models/convnetjs-mnist.json"],
  ["everything", "tests/golden/everything.json"],
] as const;

/** FNV-1a, 64 bits, over the little-endian bytes of the losses of the first 200 steps on 2,000 drawn digits. */
export async function curveDigest(session: Session, spec: Spec): Promise<string> {
  const model = await session.compile(spec);
  await model.data(await session.datasets.drawn({ training: 2000, test: 200, seed: 1 }));
  const { losses } = await model.stepOnce(200);
  let hash = 14695981039346656037n;
  for (const byte of new Uint8Array(losses.buffer, losses.byteOffset, losses.byteLength))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash.toString(16).padStart(16, "0");
}
