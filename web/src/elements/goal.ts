import type { Tick } from "../api";
import { formatCount, formatPercent } from "./format";

/** When learning stops by itself: at whichever comes first. */
export interface Limits {
  /** Percent right of the images tried while learning. */
  accuracy?: number;
  /** Of learning, pauses left out. */
  seconds?: number;
  /** Images learned from. */
  examples?: number;
}

export type Limit = keyof Limits;

/** Watches a run and says when it has reached a limit. A limit that was reached stops nothing again until the next start. */
export class Goal {
  limits: Limits = {};
  /** Which limit ended the run. */
  ended: Limit | null = null;
  /** The best accuracy tried so far. */
  best: number | null = null;
  #passed = new Set<Limit>();
  #seconds = 0;
  #since: number | null = null;

  /** Of learning since the start. */
  get seconds(): number {
    return this.#seconds + (this.#since === null ? 0 : (performance.now() - this.#since) / 1000);
  }
  get any(): boolean {
    return Object.keys(this.limits).length > 0;
  }

  set(limits: Limits): void {
    for (const limit of ["accuracy", "seconds", "examples"] as const)
      if (limits[limit] !== this.limits[limit]) this.#passed.delete(limit);
    this.limits = limits;
    this.ended = null;
  }

  /** A new start, or another network. */
  reset(): void {
    this.#passed.clear();
    this.#seconds = 0;
    if (this.#since !== null) this.#since = performance.now();
    this.ended = null;
    this.best = null;
  }

  /** Learning goes on, or stands still. */
  clock(running: boolean): void {
    if (running === (this.#since !== null)) return;
    this.#seconds = this.seconds;
    this.#since = running ? performance.now() : null;
    if (running) this.ended = null;
  }

  /** Learning is asked for: limits that lie behind are no goals any more. */
  start(examples: number): void {
    this.ended = null;
    if (this.seconds >= (this.limits.seconds ?? Infinity)) this.#passed.add("seconds");
    if (examples >= (this.limits.examples ?? Infinity)) this.#passed.add("examples");
  }

  /** Images to go until the limit of images; Infinity: none. */
  left(examples: number): number {
    const { limits } = this;
    if (limits.examples === undefined || this.#passed.has("examples")) return Infinity;
    return Math.max(0, limits.examples - examples);
  }

  /** Whether a limit is reached now. `batch`: how close to a number of images whole batches come. */
  check(tick: Tick, examples: number, batch: number): boolean {
    const accuracy = tick.validation?.accuracy ?? null;
    if (accuracy !== null) this.best = Math.max(this.best ?? 0, accuracy);
    const { limits } = this;
    const reached: Record<Limit, boolean> = {
      accuracy: accuracy !== null && accuracy >= (limits.accuracy ?? Infinity),
      seconds: this.seconds >= (limits.seconds ?? Infinity),
      examples:
        examples >= (limits.examples ?? Infinity) ||
        (tick.state === "paused" && examples > (limits.examples ?? Infinity) - batch),
    };
    for (const limit of ["accuracy", "seconds", "examples"] as const)
      if (reached[limit] && !this.#passed.has(limit)) {
        this.#passed.add(limit);
        this.ended = limit;
        return true;
      }
    return false;
  }

  /** "97 % within 60 s" */
  get sentence(): string {
    const { accuracy, seconds, examples } = this.limits;
    const within = [
      seconds === undefined ? "" : `${seconds} s`,
      examples === undefined ? "" : `${formatCount(examples)} images`,
    ].filter(Boolean);
    const limits = within.join(" and ");
    if (accuracy === undefined) return `Stops after ${limits.replace(" and ", " or ")}`;
    return `Goal: ${accuracy}\u00a0% right${limits ? ` within ${limits}` : ""}`;
  }

  /** How it went, or goes. */
  outcome(examples: number): string {
    const after = `after ${this.seconds.toFixed(1)} s and ${formatCount(examples)} images`;
    const best = this.best === null ? "" : ` Best so far: ${formatPercent(this.best)}.`;
    if (this.ended === "accuracy") return `Reached ${formatPercent(this.best!)} ${after}.`;
    if (this.ended)
      return this.limits.accuracy === undefined
        ? `Stopped ${after}.`
        : `Stopped ${after}, short of the goal.${best}`;
    return `${this.seconds.toFixed(0)} s of learning.${best}`;
  }
}
