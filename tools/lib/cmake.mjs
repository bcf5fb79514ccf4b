// Builds by CMake's presets, quietly unless something fails.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { say } from "./log.mjs";
import { build, toolchainLink } from "./paths.mjs";
import { run } from "./run.mjs";

export const jobs = String(availableParallelism());

/** Configures the preset where that was not done yet. */
export async function configure(preset) {
  if (existsSync(path.join(build, preset, "build.ninja"))) return;
  const hasLibraries = existsSync(path.join(toolchainLink, "include"));
  say(`configuring ${preset}`);
  await run("cmake", ["--preset", preset, ...(hasLibraries ? [] : ["-DLIVEGRAD_DOWNLOADS=ON"])], {
    quiet: true,
  });
}

/** Builds targets of the preset (all of them by default). Reports progress while it takes long. */
export async function buildPreset(preset, targets = []) {
  await configure(preset);
  const args = [
    "--build",
    "--preset",
    preset,
    "-j",
    jobs,
    ...(targets.length ? ["--target", ...targets] : []),
  ];
  let last = "";
  let spoke = Date.now();
  await run("cmake", args, {
    quiet: true,
    what: `building ${preset}`,
    onLine(line) {
      const progress = line.match(/^\[([1-9]\d*)\/(\d+)\]/);
      if (!progress || Date.now() - spoke < 5000 || progress[0] === last) return;
      last = progress[0];
      spoke = Date.now();
      say(`building ${preset}: ${progress[1]} of ${progress[2]} steps`);
    },
  });
}

export function ctest(preset, args = []) {
  return run("ctest", ["--preset", preset, "-j", jobs, ...args], { what: `ctest --preset ${preset}` });
}
