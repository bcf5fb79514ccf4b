import type { Update } from "../api/types";
import type { Core, TensorEntry } from "./core";
import { product } from "./tensors";

const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);

/** How far single steps move the parameters, for those who ask. */
export class Updates {
  readonly #core: Core;
  readonly #asked: ((updates: readonly Update[]) => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** Resolves after the next step. */
  measure(): Promise<readonly Update[]> {
    return new Promise((tell) => this.#asked.push(tell));
  }

  /** Keeps the parameters as they are before a step when somebody asked; gives what to do after it. */
  beforeStep(tensors: readonly TensorEntry[]): (() => void) | null {
    if (this.#asked.length === 0) return null;
    const numbers = ({ offset, shape }: TensorEntry) => this.#core.heap.floats(offset, product(shape));
    const kept = tensors
      .filter(({ kind }) => kind === "parameter")
      .map((entry) => ({ entry, before: numbers(entry).slice() }));
    return () =>
      this.#tell(
        kept.map(({ entry, before }) => ({
          parameter: entry.name,
          layer: entry.layer,
          weights: squares(before),
          change: squares(numbers(entry).map((value, i) => value - before[i]!)),
        })),
      );
  }

  /** There will be no step. */
  abandon(): void {
    this.#tell([]);
  }

  #tell(updates: readonly Update[]): void {
    for (const tell of this.#asked.splice(0)) tell(updates);
  }
}
