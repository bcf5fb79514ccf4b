import checkerUrl from "../worker/checker?worker&url";
import { LivegradError } from "./errors";
import { startWorker } from "./start-worker";
import type { GradientCheckOptions, GradientCheckRow } from "./types";

export type Rows = readonly GradientCheckRow[];

/** What the worker is asked, once. */
export interface CheckRequest {
  readonly recording: Uint8Array<ArrayBuffer>;
  readonly seed: number;
  readonly samples: number;
}

/** What it answers, until the check has ended. */
export interface CheckAnswer {
  readonly rows?: Rows;
  readonly failure?: Pick<LivegradError, "code" | "where" | "message">;
  readonly ended: boolean;
}

/** Checks the gradients of a network as the core recorded it: in a worker, in Node on this thread. */
export async function checkGradients(
  recording: Uint8Array<ArrayBuffer>,
  { samples = 40, seed = 1, onProgress, signal }: GradientCheckOptions,
): Promise<Rows> {
  if (!(Number.isInteger(samples) && samples >= 1))
    throw new LivegradError("invalid_argument", "check", `samples is ${samples}. Use a whole number from 1.`);
  const progress = (rows: Rows): void => {
    const total = rows.reduce((sum, { size }) => sum + Math.min(size, samples), 0);
    onProgress?.(rows, rows.reduce((sum, { checked, kinks }) => sum + checked + kinks, 0) / total);
  };
  signal?.throwIfAborted();
  const request = { recording, seed, samples };
  if (typeof Worker !== "undefined") return inWorker(request, progress, signal);
  const { checkOnThisThread } = await import("./check-on-this-thread"); // which browsers never fetch
  return checkOnThisThread(request, progress, signal);
}

function inWorker(
  request: CheckRequest,
  progress: (rows: Rows) => void,
  signal: AbortSignal | undefined,
): Promise<Rows> {
  const worker = startWorker(new URL(checkerUrl, import.meta.url), "livegrad check");
  return new Promise<Rows>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(
        new LivegradError(
          "not_found",
          "check",
          "The worker that checks gradients could not be started. Look after the network connection, and try again.",
        ),
      );
    });
    worker.addEventListener("message", ({ data: { rows, failure, ended } }: MessageEvent<CheckAnswer>) => {
      if (failure) return reject(new LivegradError(failure.code, failure.where, failure.message));
      progress(rows!);
      if (ended) resolve(rows!);
    });
    worker.postMessage(request, [request.recording.buffer]);
  }).finally(() => worker.terminate());
}
