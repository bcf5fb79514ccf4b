import type { RunRequest } from "../api/protocol";
import type { ModelState, Tick, Validation } from "../api/types";
import { type Core, record } from "./core";

/** Milliseconds that one call into the core should take at most: steps are bundled when they are short. */
const callMs = 3;
/** Seconds over which the speed is averaged. */
const speedSeconds = 1;

/** Steps of one model: runs them, and adds up what ticks tell. */
export class Training {
  state: ModelState = "paused";
  step = 0;
  epoch = 0;
  readonly #core: Core;
  readonly #model: number;
  readonly #beforeStep: () => (() => void) | null;
  #options: RunRequest = { steps: 0, endless: false, validate: null };
  #remaining = 0;
  /** Epoch of the next validation. */
  #until = Infinity;
  #msPerStep = 0;

  // Since the last tick.
  #losses: Float32Array[] = [];
  #lossSum = 0;
  #examples = 0;
  #correct = 0;
  #forwardMs = 0;
  #backwardMs = 0;
  #clipped = false;
  #validation: Validation | null = null;
  #changed = false;
  #since = 0;

  #rate = 0;
  #gradientNorm = 0;
  #clips = { byNorm: 0, byValue: 0 };
  #speed = 0;
  #msPerExample = { forward: 0, backward: 0 };
  #firstNonfinite = "";
  #message = "";

  /** `beforeStep` may look at the weights before a step, and what it gives at those after it. */
  constructor(core: Core, model: number, beforeStep: () => (() => void) | null) {
    this.#core = core;
    this.#model = model;
    this.#beforeStep = beforeStep;
  }

  get validate(): RunRequest["validate"] {
    return this.#options.validate;
  }

  start(options: RunRequest): void {
    this.#options = options;
    this.#remaining = options.steps;
    this.#planValidation();
    this.#enter("running");
    this.resetClock();
  }

  stop(): void {
    if (this.state === "running") this.#enter("paused");
  }

  /** Something failed that no step can mend. */
  fail(message: string): void {
    this.#enter("paused");
    this.#message = message;
  }

  /** Settings, weights or data are new: a run that had ended may go on. */
  renew(): void {
    if (this.state !== "running" && this.state !== "paused") this.#enter("paused");
  }

  /** Step and epoch are others, by something else than training. */
  place(step: number, epoch: number): void {
    this.step = step;
    this.epoch = epoch;
    this.#planValidation();
    this.renew();
  }

  /** The same, and the numbers since the last tick are void. */
  reset(step: number, epoch: number): void {
    this.place(step, epoch);
    this.#speed = 0;
    this.#clear();
    this.#changed = true;
  }

  /** Time from now on counts for the speed, and none before. */
  resetClock(): void {
    this.#since = performance.now();
  }

  validated(validation: Validation): void {
    this.#validation = validation;
    this.#changed = true;
  }

  /** Trains until the deadline or the end; true when a validation is due now. */
  slice(deadline: number): boolean {
    while (this.state === "running") {
      const before = performance.now();
      if (before >= deadline) return false;
      const afterStep = this.#beforeStep();
      const wanted = Math.min(this.#remaining, this.#core.lossCapacity, afterStep ? 1 : this.#stepsOfACall());
      const done = this.#core.call.train(this.#model, wanted, this.#until, this.#options.endless);
      this.#take(done);
      if (done > 0) afterStep?.();
      if (done > 0) this.#msPerStep = Math.max((performance.now() - before) / done, 1e-3);
      if (this.#firstNonfinite) this.#enter("nonfinite");
      else if (this.epoch >= this.#until) {
        this.#planValidation();
        return true;
      } else if (this.#remaining === 0) this.#enter("paused");
      else if (done < wanted) this.#enter("finished");
    }
    return false;
  }

  /** What happened since the last tick; null when nothing did. */
  takeTick(): Tick | null {
    if (!this.#changed && this.#examples === 0) return null;
    this.#measureSpeed();
    const hasClasses = this.#correct >= 0;
    const tick: Tick = {
      step: this.step,
      epoch: this.epoch,
      loss: this.#examples > 0 ? this.#lossSum / this.#examples : NaN,
      accuracy: hasClasses && this.#examples > 0 ? (100 * this.#correct) / this.#examples : null,
      examples: this.#examples,
      examplesPerSecond: this.#speed,
      msPerExample: this.#msPerExample,
      losses: join(this.#losses),
      rate: this.#rate,
      gradientNorm: this.#gradientNorm,
      clipped: this.#clipped,
      clips: this.#clips,
      state: this.state,
      firstNonfinite: this.#firstNonfinite,
      message: this.#message,
      validation: this.#validation,
    };
    this.#clear();
    return tick;
  }

  /** As many as `callMs` allows; one as long as it is not known how long they take: code that is new is slow. */
  #stepsOfACall(): number {
    return this.#msPerStep > 0 ? Math.max(1, Math.floor(callMs / this.#msPerStep)) : 1;
  }

  #take(done: number): void {
    const {
      call,
      losses,
      record: values,
    } = { call: this.#core.call, losses: this.#core.losses(done), record: this.#core.record };
    this.step = values[record.step]!;
    this.epoch = values[record.epoch]!;
    this.#firstNonfinite = call.firstNonfinite(this.#model);
    if (done === 0) return;
    this.#remaining -= done;
    this.#losses.push(losses.slice());
    this.#lossSum += values[record.lossSum]!;
    this.#examples += values[record.examples]!;
    this.#correct += values[record.correct]!;
    this.#forwardMs += values[record.forwardMs]!;
    this.#backwardMs += values[record.backwardMs]!;
    this.#clipped ||= values[record.clipped]! > 0;
    this.#rate = values[record.rate]!;
    this.#gradientNorm = values[record.gradientNorm]!;
    this.#clips = { byNorm: values[record.clippedByNorm]!, byValue: values[record.clippedByValue]! };
  }

  #planValidation(): void {
    const every = this.#options.validate?.every ?? Infinity;
    this.#until = every === Infinity ? Infinity : (Math.floor(this.epoch / every + 1e-9) + 1) * every;
  }

  #enter(state: ModelState): void {
    this.state = state;
    this.#changed = true;
    if (state !== "nonfinite") this.#firstNonfinite = "";
    this.#message =
      state === "nonfinite"
        ? `${this.#firstNonfinite} became infinite or not a number in step ${this.step + 1}, which therefore changed nothing. Lower the learning rate or start over.`
        : "";
  }

  #measureSpeed(): void {
    if (this.#examples === 0) return;
    const now = performance.now();
    const seconds = Math.max((now - this.#since) / 1000, 1e-6);
    const weight = this.#speed === 0 ? 1 : 1 - Math.exp(-seconds / speedSeconds);
    this.#speed += weight * (this.#examples / seconds - this.#speed);
    const { forward, backward } = this.#msPerExample;
    this.#msPerExample = {
      forward: forward + weight * (this.#forwardMs / this.#examples - forward),
      backward: backward + weight * (this.#backwardMs / this.#examples - backward),
    };
    this.#since = now;
  }

  #clear(): void {
    this.#losses = [];
    this.#lossSum = 0;
    this.#examples = 0;
    this.#correct = 0;
    this.#forwardMs = 0;
    this.#backwardMs = 0;
    this.#clipped = false;
    this.#validation = null;
    this.#changed = false;
  }
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
