// The npm packages of package-lock.json, installed again when it changed.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { say, withProgress } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";

export async function setUpPackages() {
  const marker = path.join(root, "node_modules/.livegrad");
  const lock = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return;
  say("installing npm packages");
  await withProgress(
    () => "still installing npm packages",
    run("npm", ["ci"], { quiet: true, what: "npm ci" }),
    15,
  );
  writeFileSync(marker, lock);
}
