import type { Model } from "../api";

/** The learning network as it was: a checkpoint, from which it can go on exactly. */
export interface Snapshot {
  readonly step: number;
  readonly epoch: number;
  readonly file: Uint8Array;
}

const kMostBytes = 64 * 2 ** 20;
const kMost = 100;
/** Milliseconds of learning between two. */
const kEvery = 1500;

/** What a run looked like on its way: close together lately, further apart the longer ago. */
export class Snapshots {
  all: readonly Snapshot[] = [];
  #model: Model | null = null;
  #last = -Infinity;
  #busy = false;

  /** Whether one should be taken now. */
  get due(): boolean {
    return !this.#busy && performance.now() - this.#last >= kEvery;
  }

  get bytes(): number {
    return this.all.reduce((sum, { file }) => sum + file.length, 0);
  }

  /** Another network: what it was before is no past of its own. */
  clear(): void {
    this.all = [];
  }

  /** Says whether there is one more. */
  async take(model: Model): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    try {
      this.#follow(model);
      const { step, epoch } = model;
      if (step <= (this.all.at(-1)?.step ?? -1)) return false;
      const file = await model.save();
      if (this.#model !== model) return false;
      this.all = thinned([...this.all, { step, epoch, file }]);
      return true;
    } finally {
      this.#busy = false;
      this.#last = performance.now();
    }
  }

  /** Another network, a new start, or an earlier state: what came later is no past of it. */
  reset(model: Model): void {
    this.#follow(model);
    this.all = model.step === 0 ? [] : this.all.filter(({ step }) => step <= model.step);
    this.#last = -Infinity;
  }

  #follow(model: Model): void {
    if (this.#model === model) return;
    this.#model = model;
    this.all = [];
  }
}

/** Without those whose loss is felt least: close to their neighbours, and long ago. The first and the last stay. */
function thinned(all: readonly Snapshot[]): readonly Snapshot[] {
  const kept = [...all];
  const now = kept.at(-1)!.step;
  let bytes = kept.reduce((sum, { file }) => sum + file.length, 0);
  while (kept.length > 2 && (kept.length > kMost || bytes > kMostBytes)) {
    let least = 1;
    let smallest = Infinity;
    for (let index = 1; index < kept.length - 1; index++) {
      const gap = (kept[index + 1]!.step - kept[index - 1]!.step) / (now - kept[index]!.step);
      if (gap < smallest) [least, smallest] = [index, gap];
    }
    bytes -= kept[least]!.file.length;
    kept.splice(least, 1);
  }
  return kept;
}
