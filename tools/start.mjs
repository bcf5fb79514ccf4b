// npm start: sets up what is missing, builds what changed, serves the page and prints its address.
import { parseArgs } from "node:util";
import { placeData } from "./data.mjs";
import { runMain } from "./lib/log.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

await runMain(async () => {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "5173" }, host: { type: "string", default: "localhost" } },
  });
  await setUp(["wasm"]);
  await buildWasm();
  await placeData();
  const { startDevelopmentServer } = await import("./lib/development-server.mjs");
  const { address } = await startDevelopmentServer({ port: Number(values.port), host: values.host });
  console.log(`\nlivegrad is at ${address}   (Ctrl-C stops it)\n`);
});
