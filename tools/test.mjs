// npm test: sets up what is missing and runs every test; with arguments, only the stages named.
// Says at the end how each stage went and how long it took; fails if any failed.
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
    let outcome = "passed";
    try {
      await work();
    } catch (error) {
      outcome = "FAILED";
      say(error instanceof Failure ? error.message : error.stack);
    }
    results.push({ name, outcome, seconds: Math.round((Date.now() - start) / 1000) });
    return outcome === "passed";
  };

  if (await timed("set-up", () => setUp([...new Set(chosen.flatMap((name) => stages[name].needs))]))) {
    for (const name of chosen) await timed(name, stages[name].run);
  }
  say("summary");
  for (const { name, outcome, seconds } of results) {
    console.log(`  ${name.padEnd(10)} ${outcome}  ${String(seconds).padStart(5)} s`);
  }
  return results.every(({ outcome }) => outcome === "passed") ? 0 : 1;
});
