import type { Model } from "../api";

/** What a link says that its lesson has come to. */
export interface Claim {
  readonly steps: number;
  /** Of every weight after them: see digestOf. */
  readonly digest: string;
  /** How many of the test images were wrong. */
  readonly wrong: number;
  readonly images: number;
}

/** "1500.3fa94c21.249-10000"; null when it is no such thing. */
export function readClaim(text: string): Claim | null {
  const [, steps, digest, wrong, images] =
    /^([1-9]\d{0,8})\.([0-9a-f]{8})\.(\d{1,7})-(\d{1,7})$/.exec(text) ?? [];
  return digest ? { steps: Number(steps), digest, wrong: Number(wrong), images: Number(images) } : null;
}

export function writeClaim({ steps, digest, wrong, images }: Claim): string {
  return `${steps}.${digest}.${wrong}-${images}`;
}

/**
 * Eight hexadecimal digits that are others when a bit of a weight or of a running statistic is another. Who wants to forge one has
 * to know the weights, which is to have trained them.
 *
 * Ref     Fowler, Noll and Vo, FNV-1a
 */
export async function digestOf(model: Model): Promise<string> {
  const tensors = model.tensors.filter(({ kind }) => kind === "parameter" || kind === "state");
  let hash = 0x811c9dc5;
  for (const values of await model.readAll(tensors.map(({ name }) => ({ tensor: name }))))
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
