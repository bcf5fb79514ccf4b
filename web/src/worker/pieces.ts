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

/** The first piece of a set, on its way before it is asked for. */
export class Ahead {
  readonly content: Promise<Uint8Array>;
  bytes = 0;
  onProgress: (bytes: number) => void = () => {};

  constructor(where: Promise<{ folder: string; piece: Piece }>) {
    this.content = where.then(async ({ folder, piece }) =>
      // What everything needs, as the core, comes first.
      checked(
        piece,
        await fetchBytes(folder + piece.name, { priority: "low" }, (bytes) => {
          this.bytes = bytes;
          this.onProgress(bytes);
        }),
      ),
    );
    this.content.catch(() => {}); // who asks for it is told
  }
}

/**
 * Fetches pieces from `from` on, and hands them over in their order, unpacked. One that is missing or damaged is asked for
 * again a few times, with growing waits, and then named in the error. The first may be on its way already.
 */
export async function fetchPieces(
  folder: string,
  title: string,
  pieces: readonly Piece[],
  from: number,
  tell: Tell,
  take: (content: Uint8Array, index: number) => void,
  ahead?: Ahead,
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
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const get = async (index: number): Promise<Uint8Array> => {
    const piece = pieces[index]!;
    const progress = (bytes: number): void => {
      fetched[index] = bytes;
      say();
    };
    for (let attempt = 0; ; attempt++) {
      const late = async (): Promise<Uint8Array> => {
        // What a cache holds may be what is wrong.
        const cache = attempt > 0 ? "reload" : "default";
        const packed = await fetchBytes(folder + piece.name, { cache }, progress);
        if (index > from) await begun; // others wait for the first to be unpacked
        return checked(piece, packed);
      };
      try {
        const content = await (index === 0 && attempt === 0 && ahead ? early(ahead, progress) : late());
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
  const coming: Promise<Uint8Array>[] = [];
  try {
    for (let index = from; index < pieces.length; index++) {
      while (coming.length < kAhead && index + coming.length < pieces.length) {
        const next = get(index + coming.length);
        next.catch(() => {}); // those before it fail first
        coming.push(next);
      }
      take(await coming.shift()!, index);
      begin();
      say();
    }
  } finally {
    stopped = true;
    begin();
  }
}

function early(ahead: Ahead, progress: (bytes: number) => void): Promise<Uint8Array> {
  progress(ahead.bytes);
  ahead.onProgress = progress;
  return ahead.content;
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
