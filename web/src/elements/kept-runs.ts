import type { History } from "../api";
import { columns } from "./curve-data";
import type { Learner } from "./learner";

/** A run as it was when it was kept. */
export interface Run {
  readonly name: string;
  /** "Adam, rate 0.001, batch 32, seed 1" */
  readonly settings: string;
  readonly history: History;
  /** Examples of a pass. */
  readonly examples: number;
  readonly seen: number;
  /** Moving averages at its end; the accuracy is that of validation where there is one. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** What decides which example comes when. */
  readonly stream: string;
  /** Its colour and its dashes: no two runs share either. */
  readonly color: number;
  readonly dash: readonly number[];
}

const dashes = [
  [8, 3],
  [2, 3],
  [8, 3, 2, 3],
  [4, 4],
];

type Now = Pick<Learner, "model" | "passSize" | "source" | "early">;

/** The runs that a reader compares with the one that learns; the oldest give way. */
export class KeptRuns {
  kept: readonly Run[] = [];
  /** Whether a run that starts over is kept. */
  always = true;

  async keep(now: Now, optimizer: (type: string) => string): Promise<void> {
    const { model, passSize: examples } = now;
    if (!model || examples === 0 || model.step === 0) return;
    // As it is now: it may start over before its curves have come.
    const { options, spec, epoch } = model;
    const stream = streamOf(now);
    const history = await model.history();
    const last = (figure: "loss" | "accuracy"): number | null => {
      const { validation, smoothed } = columns(history, figure, examples);
      const of = (column: readonly (number | null)[]): number | null =>
        column.findLast((y) => y !== null) ?? null;
      return figure === "accuracy" ? (of(validation) ?? of(smoothed)) : of(smoothed);
    };
    const kept = this.kept.slice(-dashes.length + 1);
    const color = dashes.findIndex((_, index) => !kept.some((run) => run.color === index));
    const { type, rate } = options.optimizer;
    const run: Run = {
      name: spec.name ?? "A network",
      settings: `${optimizer(type)}, rate ${Number(rate.toPrecision(3))}, batch ${options.batch}, seed ${options.seed}`,
      history,
      examples,
      seen: Math.round(epoch * examples),
      loss: last("loss"),
      accuracy: last("accuracy"),
      stream,
      color,
      dash: dashes[color]!,
    };
    this.kept = [...kept, run];
  }

  forget(run: Run): void {
    this.kept = this.kept.filter((one) => one !== run);
  }

  /** Whether the network that learns now sees the same examples in the same order: a fair race. */
  sameStream(run: Run, now: Now): boolean {
    return run.stream !== "" && run.stream === streamOf(now);
  }
}

/** Empty when nothing may be compared with it. */
function streamOf({ model, passSize, source, early }: Now): string {
  if (!model || passSize === 0 || early) return "";
  const { seed, batch, hold_out, augmentation } = model.options;
  return JSON.stringify([source, passSize, seed, batch, hold_out, augmentation]);
}
