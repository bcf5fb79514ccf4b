import { Reference } from "../worker/reference";
import type { CheckRequest, Rows } from "./gradient-check";

/** In Node, which has no workers of a browser's kind; whatever else runs there gets its turn after every few numbers. */
export async function checkOnThisThread(
  { recording, seed, samples }: CheckRequest,
  progress: (rows: Rows) => void,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  let last: Rows = [];
  for (const rows of (await Reference.load()).check(recording, seed, samples)) {
    progress((last = rows));
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
  return last;
}
