import type { ViteDevServer } from "vite";

export function startDevelopmentServer(place: {
  port: number;
  host: string;
}): Promise<{ server: ViteDevServer; address: string }>;
