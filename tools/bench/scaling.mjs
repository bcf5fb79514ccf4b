// npm run bench:scaling: how the time of an example grows with the sizes of networks and batches, and with threads.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildDist } from "../build.mjs";
import { isolation } from "../lib/isolation.mjs";
import { Failure, runMain, say } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { measureInPage } from "./chromium.mjs";
import { choose, namesIn, readOptions, wholeNumber } from "./options.mjs";
import { here, installPackages } from "./packages.mjs";
import { summarize, tables } from "./scaling-table.mjs";

const usage = `npm run bench:scaling -- [--only batch,hidden] [--runs N] [--json FILE] [--plots FOLDER] [--built]
  --only   what grows, separated by commas: batch, channels, image, hidden, threads; default all
  --runs   measurements of each point, of which the median counts; default 9
  --json   also writes [{name, axis, peak, lines: [{name, stops, points: [{x, ms, gflops, runs}]}]}]
  --plots  also draws NAME.svg into that folder
  --built  measures dist/ as it is instead of building it`;

function measure({ only, runs }) {
  const folders = { "/livegrad/": path.join(root, "dist"), "/": path.join(here, "page") };
  return measureInPage({ folders, headers: isolation, page: "scaling.html" }, async (evaluate) => {
    const names = choose("sweep", await evaluate(() => window.sweepNames), only);
    const sweeps = [];
    for (const name of names)
      sweeps.push(await evaluate(([name, runs]) => window.measure(name, runs), [name, runs]));
    return { sweeps: sweeps.map(summarize), variant: await evaluate(() => window.variant) };
  });
}

await runMain(async () => {
  const options = readOptions(usage, {
    only: { type: "string" },
    runs: { type: "string", default: "9" },
    json: { type: "string" },
    plots: { type: "string" },
  });
  if (options.help) return void process.stdout.write(`${usage}\n`);
  const runs = wholeNumber("runs", options.runs);
  if (!options.built) await buildDist();
  if (!existsSync(path.join(root, "dist/direct.js")))
    throw new Failure("There is no dist/ to measure. Leave out --built.");
  if (options.plots) await installPackages();
  const { measured, ...where } = await measure({ only: namesIn(options.only), runs });
  process.stdout.write(tables(measured, { ...where, runs }));
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify(measured.sweeps, null, 1)}\n`);
    say(`wrote ${options.json}`);
  }
  if (options.plots) {
    const { draw } = await import("./plots.mjs");
    for (const sweep of measured.sweeps) say(`drew ${await draw(sweep, options.plots)}`);
  }
});
