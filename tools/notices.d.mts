import type { Plugin } from "vite";
export function noticesPlugins(): { pages: Plugin; workers: Plugin };
