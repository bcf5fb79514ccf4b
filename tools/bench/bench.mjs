// npm run bench: livegrad beside other libraries, all in one tab of one Chromium, in turns, each on one thread.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildDist } from "../build.mjs";
import { buildPreset } from "../lib/cmake.mjs";
import { Failure, runMain, say } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { measureInPage } from "./chromium.mjs";
import { choose, namesIn, readOptions, wholeNumber } from "./options.mjs";
import { here, installPackages } from "./packages.mjs";
import { table, toJson } from "./table.mjs";
import { measureTiers } from "./tiers.mjs";

const usage = `npm run bench -- [--only W1,W4] [--runs N] [--json FILE] [--built]
  --only   workloads by name, separated by commas: W1, W2, W3, W4, W6, "inference W1", "inference W2",
           "sgemm 128", "sgemm 256", "sgemm 512", "sgemm 1024", peak, and tiers: W1 as each of V8's
           compilers makes it, and how much longer its first steps take; default all
  --runs   measurements of each library, of which the median counts; default 7
  --json   also writes [{workload, metric, peer, variant, threads, value, unit, runs}]
  --built  measures what was built last`;

const variants = ["simd", "relaxed"];
/** Where a build's module of matrix products is, which pages do not have. */
const productsOf = (variant) => `build/wasm-${variant}/bindings/products`;

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
    RecurrentJS: "of 2015 (written anew)",
  };
}

function measure({ only, runs }) {
  const folders = {
    "/livegrad/": path.join(root, "dist"),
    ...Object.fromEntries(
      variants.map((variant) => [`/products/${variant}/`, path.join(root, productsOf(variant))]),
    ),
    "/peers/": path.join(here, "node_modules"),
    "/": path.join(here, "page"),
  };
  return measureInPage({ folders, page: "index.html" }, async (evaluate) => {
    const names = choose("workload", [...(await evaluate(() => window.workloadNames)), "tiers"], only);
    const measured = [];
    for (const name of names)
      if (name === "tiers") measured.push(...(await measureTiers(runs)));
      else measured.push(await evaluate(([name, runs]) => window.measure(name, runs), [name, runs]));
    return measured;
  });
}

await runMain(async () => {
  const options = readOptions(usage, {
    only: { type: "string" },
    runs: { type: "string", default: "7" },
    json: { type: "string" },
  });
  if (options.help) return void process.stdout.write(`${usage}\n`);
  const runs = wholeNumber("runs", options.runs);
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
  await installPackages();
  const { measured, machine, clock } = await measure({ only: namesIn(options.only), runs });
  process.stdout.write(table(measured, { machine, clock, versions: versions(), runs }));
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify(toJson(measured), null, 1)}\n`);
    say(`wrote ${options.json}`);
  }
});
