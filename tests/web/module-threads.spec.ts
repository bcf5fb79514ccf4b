import { cpus } from "node:os";
import type { Page } from "@playwright/test";
import { isolation } from "../../tools/lib/isolation.mjs";
import type * as Livegrad from "../../web/src/api";
import { expect, test } from "./module-support";

/** What a convolutional and a recurrent network learned in some steps, to the bit. */
function learn(page: Page, module: string): Promise<{ info: Livegrad.SessionInfo; losses: number[] }> {
  return page.evaluate(async (module) => {
    const { createSession } = (await import(module)) as typeof Livegrad;
    const session = await createSession();
    const reader = await session.compile({
      input: [1, 28, 28],
      layers: [
        { conv: 16, kernel: 5, pad: 2, act: "relu" },
        { pool: 2 },
        { dense: 64, act: "tanh" },
        { dense: 10 },
        { loss: "softmax" },
      ],
      training: { batch: 64 },
    });
    await reader.data(await session.datasets.drawn({ training: 500, test: 50 }));
    const text = await session.texts.own("To learn is to forget what was wrong. ".repeat(200));
    const writer = await session.compile(
      {
        input: { sequence: 16 },
        layers: [{ lstm: 64, carry: true }, { dense: "symbols" }, { loss: "softmax" }],
        training: { batch: 8 },
      },
      text,
    );
    const losses = [...(await reader.stepOnce(30)).losses, ...(await writer.stepOnce(30)).losses];
    const { info } = session;
    session.close();
    return { info, losses };
  }, module);
}

test("threads, where a page may have them, change no bit", async ({ page, here }) => {
  here.files = { "/page.html": "<!doctype html><title>threads</title>" };
  const module = `${here.url}/some/where/livegrad.js`;
  await page.goto(`${here.url}/page.html`);
  const alone = await learn(page, module);
  expect(alone.info.threads).toBe(1);

  here.headers = { ...isolation };
  here.asked.clear();
  await page.goto(`${here.url}/page.html?isolated`);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const together = await learn(page, module);
  const threads = alone.info.variant === "relaxed" ? Math.min(cpus().length, 4) : 1;
  expect(together.info).toEqual({ ...alone.info, threads });
  expect(together.losses).toEqual(alone.losses);
  expect(together.losses.length).toBe(60);
  const builds = [...here.asked].filter((name) => name.endsWith(".wasm"));
  expect(builds).toHaveLength(1);
  expect(builds[0]).toMatch(threads > 1 ? /livegrad-threads/ : /livegrad-(relaxed|simd)/);
});
