import { LivegradError } from "../api/errors";
import type { Evaluation, Split } from "../api/types";
import type { Core } from "./core";

/** Splits as C++ numbers them. */
export const splitCode: Readonly<Record<Split, number>> = { training: 0, validation: 1, test: 2 };

/** Milliseconds that one call into the core should take. */
const callMs = 3;

export interface EvaluationRequest {
  readonly split: Split;
  readonly examples: number;
  readonly report: boolean;
  /** Names the request in progress events; 0: tell nobody. */
  readonly progress: number;
  /** Null: cancelled. */
  readonly done: (evaluation: Evaluation | null) => void;
}

interface Reply {
  readonly examples: number;
  readonly correct: number;
  readonly loss: number;
  readonly error: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly confusion: readonly number[];
}

/** Tests of one model, one after the other, in slices. */
export class Evaluations {
  readonly #core: Core;
  readonly #model: number;
  readonly #onProgress: (request: number, done: number, total: number) => void;
  readonly #queue: { readonly request: EvaluationRequest; done: number; readonly total: number }[] = [];
  #msPerExample = 0.1;
  #lastProgress = 0;

  constructor(core: Core, model: number, onProgress: (request: number, done: number, total: number) => void) {
    this.#core = core;
    this.#model = model;
    this.#onProgress = onProgress;
  }

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  add(request: EvaluationRequest): void {
    const size = this.#core.call.splitSize(this.#model, splitCode[request.split]);
    if (size === 0)
      throw new LivegradError(
        "invalid_argument",
        "evaluate",
        request.split === "validation"
          ? "No examples are kept aside for validation. Set training.hold_out and start over, or use the test examples."
          : `There are no ${request.split} examples. Give the model data first.`,
      );
    if (!(request.examples >= 1))
      throw new LivegradError(
        "invalid_argument",
        "evaluate",
        `examples is ${request.examples}. Use 1 or more.`,
      );
    this.#queue.push({ request, done: 0, total: Math.min(size, Math.floor(request.examples)) });
    if (this.#queue.length === 1) this.#core.call.beginEvaluation(this.#model);
  }

  cancel(progress: number): void {
    const index = this.#queue.findIndex(({ request }) => request.progress === progress);
    if (index < 0) return;
    const [cancelled] = this.#queue.splice(index, 1);
    if (index === 0) this.restart();
    cancelled!.request.done(null);
  }

  cancelAll(): void {
    for (const { request } of this.#queue.splice(0)) request.done(null);
  }

  /** The weights are others now: what was counted so far does not belong to them. */
  restart(): void {
    const current = this.#queue[0];
    if (!current) return;
    current.done = 0;
    this.#core.call.beginEvaluation(this.#model);
  }

  slice(deadline: number): void {
    for (let current = this.#queue[0]; current; current = this.#queue[0]) {
      const { request, total } = current;
      const before = performance.now();
      if (before >= deadline) return;
      const count = Math.min(total - current.done, Math.max(1, Math.floor(callMs / this.#msPerExample)));
      this.#core.call.evaluate(this.#model, splitCode[request.split], current.done, count);
      const now = performance.now();
      // Of a text a call counts whole windows, at times none: the next may be at most twice as large.
      this.#msPerExample = Math.max((now - before) / count, this.#msPerExample / 2, 1e-4);
      current.done += count;
      if (current.done < total) {
        if (request.progress > 0 && now - this.#lastProgress > 50) {
          this.#lastProgress = now;
          this.#onProgress(request.progress, current.done, total);
        }
        continue;
      }
      if (request.report) this.#core.call.reportValidation(this.#model);
      const evaluation = this.#result(request.split);
      this.#queue.shift();
      this.restart();
      if (request.progress > 0) this.#onProgress(request.progress, total, total);
      request.done(evaluation);
    }
  }

  #result(split: Split): Evaluation {
    const reply = JSON.parse(this.#core.call.evaluation(this.#model)) as Reply;
    const { examples, loss, error } = reply;
    const hasClasses = reply.correct >= 0 && error !== null;
    const classes = Math.sqrt(reply.confusion.length);
    return {
      split,
      examples,
      loss,
      correct: hasClasses ? reply.correct : null,
      accuracy: hasClasses ? (100 * reply.correct) / examples : null,
      error: hasClasses ? error : null,
      interval: hasClasses ? { low: reply.low!, high: reply.high! } : null,
      confusion: Array.from({ length: classes }, (_, row) =>
        reply.confusion.slice(row * classes, (row + 1) * classes),
      ),
    };
  }
}
