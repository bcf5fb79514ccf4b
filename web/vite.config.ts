// Builds the pages (web/*.html) and, under names that stay, the modules that other pages import.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { noticesPlugins } from "../tools/notices.mjs";

const web = fileURLToPath(new URL(".", import.meta.url));
const pages = readdirSync(web).filter((name) => name.endsWith(".html"));
const modules = { livegrad: "src/api/index.ts", direct: "src/api/direct.ts", elements: "src/elements/index.ts" };
const notices = noticesPlugins();

export default defineConfig({
  root: web,
  base: "./", // dist/ works from any folder of any server
  plugins: [notices.pages],
  worker: { format: "es", plugins: () => [notices.workers] },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // pages work under a strict content security policy
    rollupOptions: {
      input: {
        ...Object.fromEntries(pages.map((name) => [name.replace(/\.html$/, ""), web + name])),
        ...Object.fromEntries(Object.entries(modules).filter(([, file]) => existsSync(web + file)).map(([name, file]) => [name, web + file])),
      },
      preserveEntrySignatures: "exports-only",
      output: { entryFileNames: (chunk) => (chunk.name in modules ? "[name].js" : "assets/[name]-[hash].js") },
    },
  },
});
