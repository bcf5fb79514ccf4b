import { LivegradError } from "../api/errors";
import { fetchBytes, unpack } from "./files";

/** A piece of a data set as the manifest tells of it. */
export interface Piece {
  readonly name: string;
  /** As it travels. */
  readonly bytes: number;
  readonly sha256: string;
  /** Unpacked. */
  readonly size: number;
  /** Examples in it; a text has none. */
  readonly training?: number;
  readonly test?: number;
}

/** Tells of bytes fetched so far and in all, and of a piece that is asked for again. */
export type Tell = (done: number, total: number, trouble?: string) => void;

/** Pieces asked for at once. */
const kAhead = 4;
/** Milliseconds until a piece is asked for again. */
const kWaits = [1000, 2000, 4000];
/** Milliseconds between two words on progress. */
const kTellMs = 50;

/**
 * Fetches pieces from `from` on, and hands them over in their order, unpacked. One that is missing or damaged is asked for
 * again a few times, with growing waits, and then named in the error.
 */
export async function fetchPieces(
  folder: string,
  title: string,
  pieces: readonly Piece[],
  from: number,
  tell: Tell,
  take: (content: Uint8Array, index: number) => void,
): Promise<void> {
  const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const fetched = pieces.map(({ bytes }, index) => (index < from ? bytes : 0));
  /** By place of the piece. */
  const troubles = new Map<number, string>();
  let stopped = false;
  let last: { at: number; trouble: string | undefined } = { at: 0, trouble: undefined };
  const say = (): void => {
    const done = fetched.reduce((sum, bytes) => sum + bytes, 0);
    const trouble = [...troubles.values()][0];
    const now = performance.now();
    if (stopped || (now - last.at < kTellMs && done < total && trouble === last.trouble)) return;
    last = { at: now, trouble };
    tell(done, total, trouble);
  };
  const get = async (index: number): Promise<Uint8Array> => {
    const piece = pieces[index]!;
    for (let attempt = 0; ; attempt++) {
      try {
        // What a cache holds may be what is wrong.
        const packed = await fetchBytes(folder + piece.name, attempt > 0 ? "reload" : "default", (bytes) => {
          fetched[index] = bytes;
          say();
        });
        const content = await checked(piece, packed);
        troubles.delete(index);
        return content;
      } catch (error) {
        fetched[index] = 0;
        const what = `Piece ${index + 1} of ${pieces.length} of ${title} (${piece.name}) ${(error as Error).message}.`;
        const wait = kWaits[attempt];
        if (wait === undefined || stopped) throw new LivegradError("not_found", piece.name, what);
        troubles.set(index, `${what} It is asked for again.`);
        say();
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };
  const ahead: Promise<Uint8Array>[] = [];
  try {
    for (let index = from; index < pieces.length; index++) {
      while (ahead.length < kAhead && index + ahead.length < pieces.length) {
        const next = get(index + ahead.length);
        next.catch(() => {}); // those before it fail first
        ahead.push(next);
      }
      take(await ahead.shift()!, index);
      say();
    }
  } finally {
    stopped = true;
  }
}

/** The content of a piece. Without a secure context there are no digests, but gzip has a checksum of its own. */
async function checked(piece: Piece, packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", packed);
  const hex =
    digest && Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const content = packed.length === piece.bytes ? await unpack(packed, piece.name).catch(() => null) : null;
  if (content?.length !== piece.size || (hex && hex !== piece.sha256)) throw new Error("is damaged");
  return content;
}
