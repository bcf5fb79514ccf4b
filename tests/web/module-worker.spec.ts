import type { Page } from "@playwright/test";
import type * as Livegrad from "../../web/src/api";
import { expect, test } from "./module-support";

type Module = typeof Livegrad;

declare global {
  interface Window {
    livegrad: Module;
    session: Livegrad.Session;
    model: Livegrad.Model;
  }
}

/** A page with the module, a session and a model over drawn digits in its globals. */
async function open(page: Page, url: string, options: Livegrad.SessionOptions = {}): Promise<void> {
  await page.goto(`${url}/page.html`);
  await page.evaluate(
    async ({ module, options }) => {
      window.livegrad = (await import(module)) as Module;
      window.session = await window.livegrad.createSession(options);
      window.model = await window.session.compile({
        input: [1, 28, 28],
        layers: [
          { conv: 8, kernel: 5, pad: 2, act: "relu", name: "conv1" },
          { pool: 2 },
          { dense: 10 },
          { loss: "softmax" },
        ],
        training: { batch: 20, epochs: 1000 },
      });
      await window.model.data(await window.session.datasets.drawn({ training: 1000, test: 200 }));
    },
    { module: `${url}/some/where/livegrad.js`, options },
  );
}

test.beforeEach(({ here }) => {
  here.files = { "/page.html": `<!doctype html><title>module</title>` };
});

test("the best build is chosen; exact asks for the portable bits", async ({ page, here }) => {
  await open(page, here.url);
  // Relaxed multiply-adds round once on this machine or not: then there is nothing to gain from them.
  const { variant, isa, fused } = await page.evaluate(() => window.session.info);
  expect([
    { variant: "relaxed", isa: "wasm-relaxed", fused: true },
    { variant: "simd", isa: "wasm", fused: false },
  ]).toContainEqual({ variant, isa, fused });
  await open(page, here.url, { exact: true });
  expect(await page.evaluate(() => window.session.info)).toMatchObject({
    variant: "simd",
    isa: "wasm",
    fused: false,
    threads: 1,
  });
  here.files["/page.html"] = `<!doctype html><title>module</title>`;
  await page.goto(`${here.url}/page.html?exact=1`);
  const info = await page.evaluate(async (module) => {
    const { createSession } = (await import(module)) as Module;
    return (await createSession()).info;
  }, `${here.url}/some/where/livegrad.js`);
  expect(info.variant).toBe("simd");
});

test("the page and its calls go on while it trains; how long they took is printed", async ({
  page,
  here,
}) => {
  await open(page, here.url);
  const times = await page.evaluate(async () => {
    const { model } = window;
    await model.run();
    const answers: number[] = [];
    let longest = 0;
    let last = performance.now();
    let frames = 0;
    const watchFrames = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      ++frames;
      if (frames < 100) requestAnimationFrame(watchFrames);
    };
    requestAnimationFrame(watchFrames);
    for (let k = 0; k < 20; ++k) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = performance.now();
      await model.setOptions({ optimizer: { rate: 0.01 + 0.001 * k } });
      answers.push(performance.now() - before);
    }
    const before = performance.now();
    await model.pause();
    answers.push(performance.now() - before);
    const { step } = model;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { answers, longest, frames, step, later: model.step };
  });
  times.answers.sort((a, b) => a - b);
  const median = times.answers[Math.floor(times.answers.length / 2)]!;
  console.log(
    `calls while it trains: ${median.toFixed(0)} ms; longest frame: ${times.longest.toFixed(0)} ms`,
  );
  expect(times.frames).toBeGreaterThan(20); // were the page blocked, there would be one
  expect(times.step).toBeGreaterThan(20);
  expect(times.later).toBe(times.step);
});

test("a slow listener gets merged ticks, none lost", async ({ page, here }) => {
  await open(page, here.url);
  const { ticks, steps, step } = await page.evaluate(async () => {
    let ticks = 0;
    let steps = 0;
    for await (const tick of window.model.train({ steps: 300 })) {
      ++ticks;
      steps += tick.losses.length;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    return { ticks, steps, step: window.model.step };
  });
  expect([steps, step]).toEqual([300, 300]);
  expect(ticks).toBeLessThan(100);
});

test("the worker draws into a canvas what the numbers say", async ({ page, here }) => {
  await open(page, here.url);
  const seen = await page.evaluate(async () => {
    const { model } = window;
    await model.stepOnce(20);
    const values = await model.read("conv1.weight");
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const frames: Livegrad.Frame[] = [];
    const watch = await model.watch(
      {
        tensor: "conv1.weight",
        canvas: canvas.transferControlToOffscreen(),
        scale: 3,
        gap: 2,
        columns: 4,
        palette: "grey",
      },
      (frame) => frames.push(frame),
    );
    while (frames.length === 0 || canvas.width !== frames[0]!.grid!.width)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d")!;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const at = (x: number, y: number) => [
      ...data.subarray(4 * (y * copy.width + x), 4 * (y * copy.width + x) + 4),
    ];
    await watch.close();
    // Filter 5 is second in the second row; its number (2, 3) is 3 pixels wide and high.
    const left = 1 * (15 + 2) + 3 * 3;
    const top = 1 * (15 + 2) + 2 * 3;
    return {
      grid: frames[0]!.grid,
      range: frames[0]!.range,
      value: values[5 * 25 + 2 * 5 + 3]!,
      corner: at(left, top),
      other: at(left + 2, top + 2),
      gap: at(15, 0),
    };
  });
  expect(seen.grid).toMatchObject({
    width: 4 * 17 - 2,
    height: 2 * 17 - 2,
    columns: 4,
    rows: 2,
    tileWidth: 15,
    tileHeight: 15,
    gap: 2,
  });
  const level = Math.round((255 * (seen.value - seen.range[0])) / (seen.range[1] - seen.range[0]));
  expect(Math.abs(seen.corner[0]! - level)).toBeLessThanOrEqual(1);
  expect(seen.corner).toEqual(seen.other);
  expect(seen.corner[3]).toBe(255);
  expect(seen.gap).toEqual([0, 0, 0, 0]);
});

test("errors come from the worker whole", async ({ page, here }) => {
  await open(page, here.url);
  const caught = await page.evaluate(async () => {
    const error: unknown = await window.model
      .replace('{"input": [1, 5, 5], "layers": [{"conv": 2, "kernel": 9}, {"loss": "softmax"}]}')
      .catch((reason: unknown) => reason);
    if (!(error instanceof window.livegrad.LivegradError)) return null;
    return { code: error.code, where: error.where, message: error.message, text: error.text };
  });
  expect(caught).toMatchObject({
    code: "shape_mismatch",
    where: "/layers/0",
    message: expect.stringMatching(/kernel 9/),
  });
});

test("closing a session ends what waits for it", async ({ page, here }) => {
  await open(page, here.url);
  const after = await page.evaluate(async () => {
    for await (const tick of window.model.train()) if (tick.step > 5) window.session.close();
    return window.model.stepOnce().catch((error: Livegrad.LivegradError) => error.code);
  });
  expect(after).toBe("closed");
});
