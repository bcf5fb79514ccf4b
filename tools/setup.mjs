// npm run setup: everything that building and testing needs. Instant when it is there already.
import { pathToFileURL } from "node:url";
import { Failure, runMain, say } from "./lib/log.mjs";
import { setUpPackages } from "./setup/packages.mjs";
import { setUpSystem } from "./setup/system.mjs";
import { setUpToolchain } from "./setup/toolchain.mjs";

/**
 * Sets up the groups: "wasm" (what the page needs), "native" (what C++ needs), "neon" (what it needs for Arm),
 * "browsers" (what their tests need).
 */
export async function setUp(groups) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`);
  }
  await setUpSystem(groups);
  await setUpToolchain({ emscripten: groups.includes("wasm") });
  if (groups.includes("wasm")) await setUpPackages();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    await setUp(["wasm", "native", "browsers"]);
    say("everything is set up");
  });
}
