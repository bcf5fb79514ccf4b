// The server behind `npm start`: pages as they are written, remade when a file changes.
import path from "node:path";
import { createServer } from "vite";
import { isolation } from "./isolation.mjs";
import { root } from "./paths.mjs";

/** Listens, and gives the server and the address of its pages. */
export async function startDevelopmentServer({ port, host }) {
  const server = await createServer({
    configFile: path.join(root, "web/vite.config.ts"),
    server: { port, host, headers: isolation },
    clearScreen: false,
    logLevel: "warn",
  });
  await server.listen();
  return { server, address: server.resolvedUrls.local[0] ?? server.resolvedUrls.network[0] };
}
