import type { Plugin } from "vite";
export function serviceWorkerPlugin(entry: string, plugins: () => Plugin[]): Plugin;
