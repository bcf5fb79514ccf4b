// The packages of tools/bench/: other libraries and what draws the plots, so that nobody fetches them who does not measure.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { withProgress } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";

export const here = path.join(root, "tools/bench");

export async function installPackages() {
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
    () => "fetching the packages of the benchmarks (0.5 GB, once)",
    run("npm", args, { cwd: here, quiet: true, what: "npm ci in tools/bench" }),
  );
}
