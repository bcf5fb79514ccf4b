import { expect, test } from "vitest";
import type { Core } from "../../web/src/worker/core";
import { Training } from "../../web/src/worker/training";

/** A core whose steps take so many milliseconds; it notes how many were asked for at once. */
function coreOf(msPerStep: number): { core: Core; asked: number[] } {
  const asked: number[] = [];
  let step = 0;
  const train = (_model: number, steps: number): number => {
    asked.push(steps);
    const until = performance.now() + steps * msPerStep;
    while (performance.now() < until);
    step += steps;
    return steps;
  };
  const core = {
    call: { train, firstNonfinite: () => "" },
    lossCapacity: 1024,
    losses: (steps: number) => new Float32Array(steps),
    get record() {
      return Float64Array.from({ length: 16 }, (_, i) => (i === 3 ? step : 1));
    },
  };
  return { core: core as unknown as Core, asked };
}

test("the first step is one alone, so that it is told of as soon as it is done; then they come in bundles", () => {
  const { core, asked } = coreOf(0.1);
  const training = new Training(core, 1, () => null);
  training.start({ steps: 1000, endless: true, validate: null });
  while (training.state === "running") training.slice(performance.now() + 12);
  expect(asked[0]).toBe(1);
  expect(Math.max(...asked)).toBeGreaterThan(1);
  expect(asked.reduce((sum, steps) => sum + steps)).toBe(1000);
});
