// npm run sprint: the preset "Sprint" from random weights to its end, as a visitor would, in a fresh tab for each seed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { buildDist } from "../build.mjs";
import { isolation } from "../lib/isolation.mjs";
import { Failure, runMain, say } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { launchChromium } from "./chromium.mjs";
import { readOptions, wholeNumber } from "./options.mjs";
import { serve } from "./server.mjs";

const usage = `npm run sprint -- [--seeds N] [--first N] [--net NAME] [--built]
  --seeds  how many, from the first on; default 10
  --first  the first seed; default 1
  --net    another network of the ladder
  --built  measures dist/ as it is instead of building it`;

/**
 * Seconds of processor time of every thread of the browser's tabs, by thread: what the machine's other work cannot
 * lengthen as it does the time. Null where the system does not tell as Linux does.
 */
async function threadTimes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const times = new Map();
  for (const { id, type } of processInfo) {
    const tasks = `/proc/${id}/task`;
    if (!existsSync(tasks)) return null;
    if (type !== "renderer") continue;
    for (const task of readdirSync(tasks)) {
      const [nanoseconds] = readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ");
      times.set(`${id}/${task}`, Number(nanoseconds) / 1e9);
    }
  }
  return times;
}

/** From the click on Run to the end of learning, and to the end of the test that then is asked for. */
async function sprint(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    await page.goto(address);
    await page.getByRole("button", { name: "Step", exact: true, disabled: false }).waitFor();
    // All of the data first: then the run follows from its seed alone.
    await page.waitForFunction(() => {
      const { lesson } = document.querySelector("livegrad-session");
      return lesson.ready && !lesson.arriving;
    });
    await page.evaluate(() => {
      const { lesson } = document.querySelector("livegrad-session");
      const run = (window.sprint = {});
      document.addEventListener("click", () => (run.clicked ??= performance.now()), { capture: true });
      lesson.on("change", () => {
        const ended = ["finished", "nonfinite"].includes(lesson.model?.state);
        if (ended) run.ended ??= performance.now();
      });
    });
    const before = await threadTimes(browser);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForFunction(() => window.sprint.ended, null, { timeout: 600_000 });
    const after = await threadTimes(browser);
    // The busiest thread is the worker that learns.
    const worker = after && Math.max(...[...after].map(([thread, time]) => time - (before.get(thread) ?? 0)));
    const measured = await page.evaluate(async () => {
      const { clicked, ended } = window.sprint;
      const { model, session } = document.querySelector("livegrad-session").lesson;
      const { correct, examples } = await model.evaluate("test");
      const seconds = (from, to) => (to - from) / 1000;
      return {
        variant: session.info.variant,
        threads: session.info.threads,
        learned: Math.round(model.epoch * 1e4) / 1e4,
        correct,
        examples,
        learning: seconds(clicked, ended),
        tested: seconds(clicked, performance.now()),
      };
    });
    return { ...measured, worker };
  } finally {
    await page.close();
  }
}

const processor = (worker) => (worker ? ` (${worker.toFixed(1)} s of the worker's processor time)` : "");

await runMain(async () => {
  const { net, built, help, ...numbers } = readOptions(usage, {
    seeds: { type: "string", default: "10" },
    first: { type: "string", default: "1" },
    net: { type: "string", default: "sprint" },
  });
  if (help) return void process.stdout.write(`${usage}\n`);
  const [seeds, first] = ["seeds", "first"].map((name) => wholeNumber(name, numbers[name]));
  if (!built) await buildDist();
  if (!existsSync(path.join(root, "dist/data/mnist")))
    throw new Failure("dist/ has no MNIST. Say where it is with LIVEGRAD_DATA, and leave out --built.");
  const server = await serve({ "/": path.join(root, "dist") }, isolation);
  const results = [];
  try {
    for (let seed = first; seed < first + seeds; ++seed) {
      // A browser for each seed, so that none finds what another has kept.
      const browser = await launchChromium();
      try {
        const result = await sprint(browser, `${server.url}/index.html?net=${net}&data=mnist&seed=${seed}`);
        results.push(result);
        const accuracy = ((100 * result.correct) / result.examples).toFixed(2);
        say(
          `seed ${seed}: ${accuracy} % of ${result.examples}, ${result.learned} passes in ` +
            `${result.learning.toFixed(1)} s from the click${processor(result.worker)}, ` +
            `${result.tested.toFixed(1)} s with the test; ` +
            `${result.variant}, ${result.threads} threads, Chromium ${browser.version()}, load ${loadavg()[0].toFixed(1)}`,
        );
      } finally {
        await browser.close();
      }
    }
  } finally {
    server.close();
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const errors = results.map(({ correct, examples }) => (100 * (examples - correct)) / examples);
  const enough = errors.filter((error) => error <= 1).length;
  process.stdout.write(
    `${enough} of ${seeds} seeds at 99.0 % or more; median ${(100 - median(errors)).toFixed(2)} %, ` +
      `${median(results.map(({ learning }) => learning)).toFixed(1)} s from the click` +
      `${processor(median(results.map(({ worker }) => worker)))}, ` +
      `${median(results.map(({ tested }) => tested)).toFixed(1)} s with the test (${cpus()[0].model.trim()}, ` +
      `${cpus().length} cores)\n`,
  );
});
