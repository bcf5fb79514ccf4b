import type { Curve, History } from "../api";

export type Column = (number | null)[];

/** Two curves over one axis, as a chart and a table want them. */
export interface Columns {
  /** Examples seen. */
  x: number[];
  training: Column;
  smoothed: Column;
  validation: Column;
}

/** The moving average's memory, in points. */
const kMemory = 12;

/** One figure of a history, over `examples` to a pass of the data. */
export function columns(history: History, figure: "loss" | "accuracy", examples: number): Columns {
  const result: Columns = { x: [], training: [], smoothed: [], validation: [] };
  const { training, validation } = history;
  let average: number | null = null;
  for (let i = 0, j = 0; i < training.epoch.length || j < validation.epoch.length;) {
    const at = Math.min(training.epoch[i] ?? Infinity, validation.epoch[j] ?? Infinity);
    const value: number | null = training.epoch[i] === at ? point(training, figure, i++) : null;
    if (value !== null)
      average = average === null ? value : average + (value - average) / Math.min(i, kMemory);
    result.x.push(at * examples);
    result.training.push(value);
    result.smoothed.push(value === null ? null : average);
    result.validation.push(validation.epoch[j] === at ? point(validation, figure, j++) : null);
  }
  return result;
}

/** One column for each curve over the axis of all: null where a curve has no point. */
export function overlaid(
  x: readonly number[],
  curves: readonly Columns[],
): { x: number[]; at: (column: Column, of: readonly number[]) => Column } {
  const all = [...new Set([...x, ...curves.flatMap((curve) => curve.x)])].sort((a, b) => a - b);
  return {
    x: all,
    at: (column, of) => {
      const values = new Map(of.map((place, index) => [place, column[index] ?? null]));
      return all.map((place) => values.get(place) ?? null);
    },
  };
}

function point(curve: Curve, figure: "loss" | "accuracy", index: number): number | null {
  const value = curve[figure][index]!;
  return Number.isFinite(value) ? value : null;
}
