// npm start: sets up what is missing, builds what changed, serves the page and prints its address.
import { parseArgs } from "node:util";
import path from "node:path";
import { placeData } from "./data.mjs";
import { isolation } from "./lib/isolation.mjs";
import { runMain } from "./lib/log.mjs";
import { root } from "./lib/paths.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

await runMain(async () => {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "5173" }, host: { type: "string", default: "localhost" } },
  });
  await setUp(["wasm"]);
  await buildWasm();
  await placeData();
  const { createServer } = await import("vite");
  const server = await createServer({
    configFile: path.join(root, "web/vite.config.ts"),
    server: {
      port: Number(values.port),
      host: values.host,
      headers: isolation,
    },
    clearScreen: false,
    logLevel: "warn",
  });
  await server.listen();
  const address = server.resolvedUrls.local[0] ?? server.resolvedUrls.network[0];
  console.log(`\nlivegrad is at ${address}   (Ctrl-C stops it)\n`);
});
