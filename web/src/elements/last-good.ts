import type { Lesson } from "./lesson";
import type { Snapshot } from "./snapshots";

/** Where one can go back to, and the loss there. */
export interface Good {
  readonly snapshot: Snapshot;
  readonly loss: number;
}

/** Points of the curve that a loss is averaged over. */
const kPoints = 5;

/**
 * The last snapshot of the run from which learning can go on well: its loss was about the least that was reached, and the
 * step after it, the first that its weights were judged by, was no worse than that by a nat. Null when there is none.
 */
export async function lastGood({ model, snapshots }: Lesson): Promise<Good | null> {
  if (!model) return null;
  const { step, loss } = (await model.history()).training;
  const older = snapshots.all.flatMap((snapshot): Good[] => {
    const after = step.findIndex((at) => at > snapshot.step);
    if (after < 1) return [];
    const recent = loss.slice(Math.max(0, after - kPoints), after);
    const mean = recent.reduce((sum, value) => sum + value, 0) / recent.length;
    return loss[after]! <= mean + 1 ? [{ snapshot, loss: mean }] : [];
  });
  const least = Math.min(...older.map(({ loss }) => loss));
  return older.findLast(({ loss }) => loss <= 1.25 * least + 0.05) ?? null;
}
