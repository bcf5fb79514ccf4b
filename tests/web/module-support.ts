import { createReadStream, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test as base } from "@playwright/test";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Only files of the page's own origin; no evaluated text, but WebAssembly. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'";

export interface Host {
  url: string;
  /** Pages and scripts beside dist/, by path: "/outside/page.html". */
  files: Record<string, string>;
  headers: Record<string, string>;
}

async function serve(host: Host): Promise<Server> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname;
    const type = types[path.extname(name)] ?? "application/octet-stream";
    const own = host.files[name];
    if (own !== undefined) {
      response.writeHead(200, { "content-type": type, ...host.headers }).end(own);
      return;
    }
    const file = path.join(dist, path.normalize(name.replace(/^\/some\/where\//, "/")));
    if (!name.startsWith("/some/where/") || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, host.headers).end();
      return;
    }
    response.writeHead(200, { "content-type": type, ...host.headers });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  host.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return server;
}

/** Two origins that serve dist/ under /some/where/ and what a test puts beside it. */
export const test = base.extend<{ here: Host; elsewhere: Host }>({
  here: async ({}, use) => withHost(use),
  elsewhere: async ({}, use) => withHost(use),
});

async function withHost(use: (host: Host) => Promise<void>): Promise<void> {
  const host: Host = { url: "", files: {}, headers: {} };
  const server = await serve(host);
  await use(host);
  server.closeAllConnections();
  server.close();
}

/** A module script that trains a small network on drawn digits and writes what came of it into the page's title. */
export const trainingScript = (from: string) => `
  import { createSession } from ${JSON.stringify(from)};
  try {
    const session = await createSession();
    const model = await session.compile({
      input: [1, 28, 28],
      layers: [{ conv: 4, kernel: 5, stride: 2, act: "relu" }, { pool: 2 }, { dense: 10 }, { loss: "softmax" }],
      training: { optimizer: { type: "momentum", rate: 0.05 }, batch: 20 },
    });
    await model.data(await session.datasets.drawn({ training: 1000, test: 100 }));
    let first, last;
    for await (const tick of model.train({ steps: 150, endless: true })) {
      first ??= tick.losses[0];
      last = tick.losses.at(-1);
    }
    document.title = "learned from " + first.toFixed(2) + " to " + last.toFixed(2) + " with " + session.info.isa;
    session.close();
  } catch (error) {
    document.title = "failed: " + (error.text ?? error);
  }
`;

/** The page's title says that the loss fell. */
export async function expectLearned(title: () => Promise<string>): Promise<void> {
  await expect.poll(title, { timeout: 60_000 }).toMatch(/^(learned|failed)/);
  const found = /^learned from ([\d.]+) to ([\d.]+) with wasm/.exec(await title());
  expect(found, await title()).not.toBeNull();
  expect(Number(found![1])).toBeGreaterThan(1.5);
  expect(Number(found![2])).toBeLessThan(1);
}

export { expect };
