import type { ViteDevServer } from "vite";

/** What development-server.mjs exports, for the tests in TypeScript. */
export function startDevelopmentServer(place: {
  port: number;
  host: string;
}): Promise<{ server: ViteDevServer; address: string }>;
