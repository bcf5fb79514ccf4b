// What `npm start` serves.
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { expect, test } from "vitest";

test("the development server serves threads the code of the core", async () => {
  const server = await createServer({
    configFile: fileURLToPath(new URL("../../web/vite.config.ts", import.meta.url)),
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    logLevel: "silent",
  });
  try {
    const { code } = await server.transformRequest("/wasm/livegrad-threads.mjs?worker_file&type=module");
    expect(code).toContain("new Worker(");
  } finally {
    await server.close();
  }
});
