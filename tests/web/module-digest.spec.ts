import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { findFirefox } from "../../tools/lib/browsers.mjs";
import type * as Livegrad from "../../web/src/api";
import { curveDigest, digestNets, digestOf } from "../support/digest";
import { expect, test } from "./module-support";

const root = fileURLToPath(new URL("../..", import.meta.url));
const specs = digestNets.map(([name, file]) => [name, readFileSync(root + file, "utf8")] as const);
const { curves } = JSON.parse(readFileSync(`${root}tests/golden/digests.json`, "utf8")) as {
  curves: Record<string, string>;
};

/** Runs in a page: the digests of the nets, with the portable bits. */
const script = (module: string) => `(async () => {
  const digestOf = ${digestOf.toString()};
  const curveDigest = ${curveDigest.toString()};
  const { createSession } = await import(${JSON.stringify(module)});
  const session = await createSession({ exact: true });
  const digests = {};
  for (const [name, spec] of ${JSON.stringify(specs)}) digests[name] = await curveDigest(session, JSON.parse(spec));
  session.close();
  return digests;
})()`;

test.beforeEach(({ here }) => {
  here.files = { "/page.html": `<!doctype html><title>digest</title>` };
});

test("Chromium gives the published bits", async ({ page, here }) => {
  await page.goto(`${here.url}/page.html`);
  expect(await page.evaluate(script(`${here.url}/some/where/livegrad.js`))).toEqual(curves);
});

test("the relaxed build's bits do not depend on looking", async ({ page, here }) => {
  await page.goto(`${here.url}/page.html`);
  const [plain, looked] = await page.evaluate(
    async ({ module, spec }) => {
      const { createSession } = (await import(module)) as typeof Livegrad;
      const session = await createSession();
      const run = async (look: boolean) => {
        const model = await session.compile(spec);
        await model.data(await session.datasets.drawn({ training: 500, test: 50 }));
        if (look)
          for (const { name, kind } of model.tensors)
            if (kind === "value" && name.endsWith(".out")) await model.watch({ tensor: name });
        const losses: number[] = [];
        for (let step = 0; step < 40; step += 4) {
          losses.push(...(await model.stepOnce(4)).losses);
          if (look) await model.evaluate("test", { examples: 20 });
        }
        return losses;
      };
      return [await run(false), await run(true)];
    },
    { module: `${here.url}/some/where/livegrad.js`, spec: specs[1]![1] },
  );
  expect(looked).toEqual(plain);
});

test("Firefox gives the published bits", async ({ here }) => {
  const executablePath = findFirefox();
  test.skip(!executablePath, "There is no Firefox on this machine.");
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: executablePath!,
    headless: true,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${here.url}/page.html`);
    expect(await page.evaluate(script(`${here.url}/some/where/livegrad.js`))).toEqual(curves);
  } finally {
    await browser.close();
  }
});
