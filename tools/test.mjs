// npm test: sets up what is missing and runs every test; with arguments, only the stages named.
// Says at the end how each stage went, how long it took, and how those that failed ended; fails if any failed.
import path from "node:path";
import { buildDist } from "./build.mjs";
import { placeData } from "./data.mjs";
import { buildPreset, ctest } from "./lib/cmake.mjs";
import { Failure, runMain, say } from "./lib/log.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

const tool = (name, args) => run(path.join(root, "node_modules/.bin", name), args, { what: name });

const testPreset = async (preset) => {
  await buildPreset(preset);
  await ctest(preset);
};

/** Each stage: what it needs to be set up, and what it does. */
const stages = {
  native: { needs: ["native"], run: () => testPreset("release") },
  wasm: {
    needs: ["wasm"],
    async run() {
      await testPreset("wasm-simd");
      await testPreset("wasm-relaxed");
    },
  },
  web: {
    needs: ["wasm", "native"],
    async run() {
      await buildPreset("release", ["livegrad_cli"]); // its checkpoints open here
      await buildWasm();
      await placeData();
      await tool("tsc", ["--project", "web/tsconfig.json"]);
      await tool("vitest", ["run", "--config", "tests/vitest.config.ts"]);
    },
  },
  e2e: {
    needs: ["wasm", "native", "browsers"],
    async run() {
      await buildPreset("release", ["livegrad_cli"]);
      await buildDist();
      await tool("playwright", ["test", "--config", "tests/playwright.config.ts"]);
    },
  },
  sanitizers: {
    needs: ["native"],
    async run() {
      await testPreset("asan");
      await testPreset("tsan");
    },
  },
  // The kernels for 64-bit Arm, under an emulator.
  neon: { needs: ["neon"], run: () => testPreset("neon") },
  // Tests tagged [.long], most of them fuzzing, under the address sanitizer.
  long: {
    needs: ["native"],
    async run() {
      await buildPreset("asan");
      await ctest("asan", ["-C", "long", "-L", "long"]);
    },
  },
};

await runMain(async () => {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !stages[name]);
  if (unknown)
    throw new Failure(
      `there is no test stage "${unknown}"; the stages are ${Object.keys(stages).join(", ")}.`,
    );
  const chosen = named.length ? named : ["native", "wasm", "web", "e2e"];

  const results = [];
  const timed = async (name, work) => {
    const start = Date.now();
    let failure;
    try {
      await work();
    } catch (error) {
      failure = error instanceof Failure ? error : new Failure(error.stack);
      say(failure.message);
    }
    results.push({ name, failure, seconds: Math.round((Date.now() - start) / 1000) });
    return !failure;
  };

  if (await timed("set-up", () => setUp([...new Set(chosen.flatMap((name) => stages[name].needs))]))) {
    for (const name of chosen) await timed(name, stages[name].run);
  }
  say("summary");
  for (const { name, failure, seconds } of results) {
    console.log(`  ${name.padEnd(10)} ${failure ? "FAILED" : "passed"}  ${String(seconds).padStart(5)} s`);
  }
  const failed = results.filter(({ failure }) => failure);
  // Stages that passed since have scrolled it away.
  for (const { name, failure } of failed) say(`${name}: ${failure.message}\n${failure.lastLines}`);
  return failed.length ? 1 : 0;
});
