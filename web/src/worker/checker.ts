// The entry of the worker that checks gradients: it is asked once, and tells how the rows stand until it has ended.
import { LivegradError } from "../api/errors";
import type { CheckAnswer, CheckRequest } from "../api/gradient-check";
import type { GradientCheckRow } from "../api/types";
import { Reference } from "./reference";

/** Milliseconds between two answers, at least. */
const answerMs = 50;

const answer = (message: CheckAnswer): void => self.postMessage(message);

self.addEventListener("message", ({ data }: MessageEvent<CheckRequest>) => {
  void check(data).catch((error: unknown) => {
    const { code, where, message } =
      error instanceof LivegradError
        ? error
        : new LivegradError("internal", "check", error instanceof Error ? error.message : String(error));
    answer({ failure: { code, where, message }, ended: true });
  });
});

async function check({ recording, seed, samples }: CheckRequest): Promise<void> {
  let last = -Infinity;
  let latest: readonly GradientCheckRow[] = [];
  for (const rows of (await Reference.load()).check(recording, seed, samples)) {
    latest = rows;
    if (performance.now() - last < answerMs) continue;
    last = performance.now();
    answer({ rows, ended: false });
  }
  answer({ rows: latest, ended: true });
}
