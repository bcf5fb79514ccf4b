// The service worker: keeps the pages, all that they may load, and their data, for use without a network. Built on its own
// into dist/service-worker.js; tools/service-worker.mjs puts the list of files in.
import { matchPrecache, type PrecacheEntry, precacheAndRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { CacheFirst } from "workbox-strategies";
import type { Listed } from "../worker/manifest";
import type { Piece } from "../worker/pieces";

/** What TypeScript's types of a page lack. */
interface Worker {
  readonly __WB_MANIFEST: PrecacheEntry[];
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<readonly unknown[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}
interface WorkerEvent {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
  waitUntil(work: Promise<unknown>): void;
}
declare const self: Worker;

/** What a page asks, and what it is told. */
export interface Answers {
  /** Keeps the data: whether that worked. */
  keep: boolean;
  /** Lets a new version take over, unless other tabs are open, whose files would go: whether it does. */
  replace: boolean;
}

/** Kept from the first visit on; others when they are first used. */
const kept = ["mnist", "text"];
const dataCache = `livegrad data ${self.registration.scope}`;
const dataFolder = new URL("data/", self.registration.scope).href;

// A lesson's link is the same page, whatever it says.
precacheAndRoute(self.__WB_MANIFEST, { ignoreURLParametersMatching: [/./] });

const fromCache = new CacheFirst({ cacheName: dataCache });
// Pieces have names of their own content; one that turned out damaged is asked for anew.
registerRoute(
  ({ url }) => url.href.startsWith(dataFolder) && url.pathname.endsWith(".bin"),
  async (options) => {
    if (options.request.cache === "reload") await (await caches.open(dataCache)).delete(options.request);
    return fromCache.handle(options);
  },
);

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const question = event.data as keyof Answers;
  const answer = question === "keep" ? keepData().catch(() => false) : replaceOld();
  event.waitUntil(answer.then((said) => event.ports[0]!.postMessage(said)));
});

async function keepData(): Promise<boolean> {
  const manifest = await matchPrecache("data/manifest.json");
  if (!manifest) return true; // the pages make their own
  const { sets } = (await manifest.json()) as { sets: readonly Listed[] };
  const pieces = new Map<string, Piece & { set: string }>(
    sets.flatMap(({ name, pieces }) =>
      pieces.map((piece) => [`${dataFolder}${name}/${piece.name}`, { ...piece, set: name }] as const),
    ),
  );
  const cache = await caches.open(dataCache);
  for (const { url } of await cache.keys()) if (!pieces.has(url)) await cache.delete(url);
  for (const [url, { set, sha256 }] of pieces)
    if (kept.includes(set) && !(await cache.match(url))) {
      const bytes = sha256.match(/../g)!.map((hex) => parseInt(hex, 16));
      const integrity = `sha256-${btoa(String.fromCharCode(...bytes))}`;
      const response = await fetch(url, { integrity });
      if (!response.ok) return false;
      await cache.put(url, response);
    }
  return true;
}

async function replaceOld(): Promise<boolean> {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (tabs.length > 1) return false;
  await self.skipWaiting();
  return true;
}
