// npm run bench: livegrad beside other libraries, all in one tab of one Chromium, in turns, each on one thread.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildDist } from "../build.mjs";
import { buildPreset } from "../lib/cmake.mjs";
import { findChromium } from "../lib/browsers.mjs";
import { Failure, runMain, say, withProgress } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { serve } from "./server.mjs";
import { table, toJson } from "./table.mjs";

const here = path.join(root, "tools/bench");
const usage = `npm run bench -- [--only W1,W4] [--runs N] [--json FILE] [--built]
  --only   workloads by name, separated by commas: W1, W2, W3, W4, W6, "inference W1", "inference W2",
           "sgemm 128", "sgemm 256", "sgemm 512", "sgemm 1024", peak; default all
  --runs   measurements of each library, of which the median counts; default 7
  --json   also writes [{workload, metric, peer, variant, threads, value, unit, runs}]
  --built  measures what was built last`;

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        only: { type: "string" },
        runs: { type: "string", default: "7" },
        json: { type: "string" },
        built: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new Failure(`${error.message}\n${usage}`);
  }
  const runs = Number(values.runs);
  if (!(Number.isInteger(runs) && runs >= 1))
    throw new Failure(`--runs is ${values.runs}. Use a whole number from 1.`);
  return { ...values, runs, only: values.only?.split(",").map((name) => name.trim()) };
}

const variants = ["simd", "relaxed"];
/** Where a build's module of matrix products is, which pages do not have. */
const productsOf = (variant) => `build/wasm-${variant}/bindings/products`;

/** The peers are packages of their own, so that nobody fetches them who does not measure. */
async function installPeers() {
  const installed = path.join(here, "node_modules/.package-lock.json");
  const versionOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const wanted = versionOf(path.join(here, "package-lock.json"));
  const same = (packages) =>
    Object.entries(wanted).every(
      ([name, { version, optional }]) => !name || optional || packages[name]?.version === version,
    );
  if (existsSync(installed) && same(versionOf(installed))) return;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  await withProgress(
    () => "fetching the other libraries (0.5 GB, once)",
    run("npm", args, { cwd: here, quiet: true, what: "npm ci in tools/bench" }),
  );
}

function versions() {
  const version = (file) => JSON.parse(readFileSync(path.join(root, file, "package.json"), "utf8")).version;
  const peer = (name) => version(`tools/bench/node_modules/${name}`);
  return {
    livegrad: version("."),
    ConvNetJS: peer("convnetjs"),
    "TensorFlow.js": peer("@tensorflow/tfjs"),
    "jax-js": peer("@jax-js/jax"),
    "onnxruntime-web": peer("onnxruntime-web"),
    "brain.js": peer("brain.js"),
  };
}

/**
 * A clock of the tab's own thread, in milliseconds of processor time, so that other programs on the machine take nothing
 * away. Linux tells it; elsewhere the tab goes by the wall clock.
 */
async function threadClock(browser, page) {
  const session = await browser.newBrowserCDPSession();
  const used = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.map(({ id, cpuTime }) => [id, cpuTime]));
  };
  // The tab is the process that works when it is told to.
  const before = await used();
  await page.evaluate(() => {
    for (const end = performance.now() + 500; performance.now() < end;);
  });
  const grown = [...(await used())].map(([id, seconds]) => [seconds - (before.get(id) ?? 0), id]);
  const [, tab] = grown.reduce((most, each) => (each[0] > most[0] ? each : most));
  const file = `/proc/${tab}/task/${tab}/schedstat`;
  return existsSync(file) ? () => Number(readFileSync(file, "utf8").split(" ")[0]) / 1e6 : null;
}

async function measure({ only, runs }) {
  const { chromium } = await import("@playwright/test");
  const executablePath = findChromium();
  if (!executablePath) throw new Failure("There is no Chromium on PATH. Install it, then run this again.");
  const server = await serve({
    "/livegrad/": path.join(root, "dist"),
    ...Object.fromEntries(
      variants.map((variant) => [`/products/${variant}/`, path.join(root, productsOf(variant))]),
    ),
    "/peers/": path.join(here, "node_modules"),
    "/": path.join(here, "page"),
  });
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const crashed = new Promise((_, reject) =>
      page.on("crash", () => reject(new Failure("The tab died, perhaps for want of memory."))),
    );
    crashed.catch(() => {});
    await page.exposeFunction("report", say);
    await page.goto(`${server.url}/index.html`);
    await page
      .waitForFunction(() => window.workloadNames, null, { timeout: 60_000 })
      .catch(() => {
        throw new Failure(
          `The page of the benchmarks did not start: ${errors.join("; ") || "no error was told"}`,
        );
      });
    const all = await page.evaluate(() => window.workloadNames);
    const clock = await threadClock(browser, page);
    if (clock) await page.exposeFunction("threadTime", clock);
    const unknown = only?.find((name) => !all.includes(name));
    if (unknown) throw new Failure(`There is no workload "${unknown}". There are: ${all.join(", ")}.`);
    const measured = [];
    for (const name of only ?? all)
      measured.push(
        await Promise.race([
          crashed,
          page.evaluate(([name, runs]) => window.measure(name, runs), [name, runs]),
        ]),
      );
    return { measured, browser: `Chromium ${browser.version()}`, clock: clock ? "processor time" : "time" };
  } finally {
    await browser.close();
    server.close();
  }
}

await runMain(async () => {
  const options = readOptions();
  if (options.help) return void process.stdout.write(`${usage}\n`);
  if (!options.built) {
    await buildDist();
    for (const variant of variants) await buildPreset(`wasm-${variant}`, ["livegrad_products_module"]);
  }
  const built = [
    "dist/direct.js",
    ...variants.map((variant) => `${productsOf(variant)}/livegrad-products.mjs`),
  ];
  const missing = built.find((file) => !existsSync(path.join(root, file)));
  if (missing) throw new Failure(`There is no ${missing} to measure. Leave out --built.`);
  await installPeers();
  const before = loadavg()[0];
  const { measured, browser, clock } = await measure(options);
  const load = [before, loadavg()[0]].map((value) => value.toFixed(1)).join(" before, ") + " after";
  const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores; ${browser}; load ${load}`;
  process.stdout.write(table(measured, { machine, clock, versions: versions(), runs: options.runs }));
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify(toJson(measured), null, 1)}\n`);
    say(`wrote ${options.json}`);
  }
});
