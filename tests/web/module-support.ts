import { expect, test as base } from "@playwright/test";
import { type Site, withSite } from "./site";

/** Only files of the page's own origin; no evaluated text, but WebAssembly. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'";

/** Two origins that serve dist/ under /some/where/ and what a test puts beside it. */
export const test = base.extend<{ here: Site; elsewhere: Site }>({
  here: async ({}, use) => withSite("/some/where/", use),
  elsewhere: async ({}, use) => withSite("/some/where/", use),
});

/** A module script that trains a small network on drawn digits and writes what came of it into the page's title. */
export const trainingScript = (from: string) => `
  import { createSession } from ${JSON.stringify(from)};
  try {
    const session = await createSession();
    const model = await session.compile({
      input: [1, 28, 28],
      layers: [{ conv: 4, kernel: 5, stride: 2, act: "relu" }, { pool: 2 }, { dense: 10 }, { loss: "softmax" }],
      training: { optimizer: { type: "momentum", rate: 0.05 }, batch: 20 },
    });
    await model.data(await session.datasets.drawn({ training: 1000, test: 100 }));
    let first, last;
    for await (const tick of model.train({ steps: 150, endless: true })) {
      first ??= tick.losses[0];
      last = tick.losses.at(-1);
    }
    document.title = "learned from " + first.toFixed(2) + " to " + last.toFixed(2) + " with " + session.info.isa;
    session.close();
  } catch (error) {
    document.title = "failed: " + (error.text ?? error);
  }
`;

/** The page's title says that the loss fell. */
export async function expectLearned(title: () => Promise<string>): Promise<void> {
  await expect.poll(title, { timeout: 60_000 }).toMatch(/^(learned|failed)/);
  const found = /^learned from ([\d.]+) to ([\d.]+) with wasm/.exec(await title());
  expect(found, await title()).not.toBeNull();
  expect(Number(found![1])).toBeGreaterThan(1.5);
  expect(Number(found![2])).toBeLessThan(1);
}

export { expect };
