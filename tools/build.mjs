// npm run build: writes dist/, static files with relative addresses, third-party notices included.
import { pathToFileURL } from "node:url";
import path from "node:path";
import { placeData } from "./data.mjs";
import { runMain, say } from "./lib/log.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

export async function buildDist() {
  await setUp(["wasm"]);
  await buildWasm();
  await placeData();
  say("building dist/");
  await run(
    path.join(root, "node_modules/.bin/vite"),
    ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"],
    { quiet: true, what: "vite build" },
  );
  say("dist/ is ready: serve it from any folder of any web server");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runMain(buildDist);
