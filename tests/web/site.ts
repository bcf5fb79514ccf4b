import { createReadStream, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../../dist", import.meta.url));

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** dist/ as a static host serves it: in a folder of its own, on an origin of its own. */
export interface Site {
  /** The origin, without a slash at the end. */
  url: string;
  /** Pages and scripts beside dist/, by path: "/outside/page.html". */
  files: Record<string, string>;
  headers: Record<string, string>;
  /** Files of dist/ that were asked for. */
  asked: Set<string>;
}

/** dist/ under `folder`, such as "/some/where/", until `use` is done. */
export async function withSite(folder: string, use: (site: Site) => Promise<void>): Promise<void> {
  const site: Site = { url: "", files: {}, headers: {}, asked: new Set() };
  const server = await serve(site, folder);
  site.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  await use(site);
  server.closeAllConnections();
  server.close();
}

async function serve(site: Site, folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname;
    const own = site.files[name];
    const inside = path.normalize(name.slice(folder.length - 1)).slice(1) || "index.html";
    const type = types[path.extname(own === undefined ? inside : name)] ?? "application/octet-stream";
    const headers = { "content-type": type, ...site.headers };
    if (own !== undefined) {
      response.writeHead(200, headers).end(own);
    } else if (
      name.startsWith(folder) &&
      statSync(path.join(dist, inside), { throwIfNoEntry: false })?.isFile()
    ) {
      site.asked.add(inside);
      response.writeHead(200, headers);
      createReadStream(path.join(dist, inside)).pipe(response);
    } else {
      response.writeHead(404, site.headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}
