// npm run -s livegrad -- ARGUMENTS: builds the command line where that is needed and runs it in the caller's folder.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";
import { cacheData } from "./data.mjs";
import { buildPreset } from "./lib/cmake.mjs";
import { runMain } from "./lib/log.mjs";
import { build } from "./lib/paths.mjs";
import { setUp } from "./setup.mjs";

await runMain(async () => {
  await setUp(["native"]);
  await buildPreset("release", ["livegrad_cli"]);
  if (["train", "eval", "data"].includes(process.argv[2])) await cacheData();
  const child = spawn(path.join(build, "release/livegrad"), process.argv.slice(2), {
    cwd: process.env.INIT_CWD || process.cwd(),
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to both; what to do about it is the program's decision.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
});
