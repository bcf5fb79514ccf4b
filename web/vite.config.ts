import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { noticesPlugins } from "../tools/notices.mjs";
import { serviceWorkerPlugin } from "../tools/service-worker.mjs";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here("../package.json"), "utf8")) as { version: string };
const notices = noticesPlugins();

/** What the built page may do: nothing from elsewhere, no evaluated code but WebAssembly. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' blob: data:",
  "worker-src 'self' blob: data:", // data: where a page has no origin: in a sandboxed frame
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Emscripten's code and ours import these in Node only. */
const external = ["module", "worker_threads", /^node:/];

const strictPolicy: Plugin = {
  name: "livegrad-strict-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: policy },
      injectTo: "head-prepend",
    },
  ],
};

/** In place of Vite's preload helper: no chunk has styles of its own, and nothing is preloaded. */
const plainImports: Plugin = {
  name: "livegrad-plain-imports",
  apply: "build",
  enforce: "pre",
  load: (id) =>
    id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : undefined,
};

/** The files of code that a page begins with are asked for together, not each when another names it. */
const askTogether: Plugin = {
  name: "livegrad-ask-together",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(_html, { bundle, chunk }) {
      const names = new Set<string>();
      const add = (name: string): void => {
        const file = bundle?.[name];
        if (names.has(name) || file?.type !== "chunk") return;
        names.add(name);
        file.imports.forEach(add);
      };
      chunk?.imports.forEach(add);
      chunk?.dynamicImports.filter((name) => name.includes("playground")).forEach(add); // see digits.ts
      return [...names].map((name) => ({
        tag: "link",
        attrs: { rel: "modulepreload", href: `./${name}` },
        injectTo: "head" as const,
      }));
    },
  },
};

/** Emscripten keeps the options of its threads' workers in a variable, where bundlers cannot read them. */
const threadOptions: Plugin = {
  name: "livegrad-thread-options",
  enforce: "pre",
  transform(code, id) {
    if (!/livegrad-threads\.mjs($|\?)/.test(id)) return; // the dev server asks with a query
    const [, options] = code.match(/workerOptions=({[^}]*})/) ?? [];
    if (!options)
      this.error("Emscripten's threads start in another way than this version of livegrad knows.");
    return {
      code: code.replace("import.meta.url),workerOptions)", `import.meta.url),${options})`),
      map: null,
    };
  },
};

export default defineConfig({
  root: here("."),
  base: "./", // dist/ works from any folder of any server
  define: { __LIVEGRAD_VERSION__: JSON.stringify(version) },
  plugins: [
    strictPolicy,
    plainImports,
    askTogether,
    threadOptions,
    serviceWorkerPlugin(here("src/offline/service-worker.ts"), () => [notices.workers]),
    notices.pages,
  ],
  worker: { format: "es", plugins: () => [threadOptions, notices.workers], rolldownOptions: { external } },
  build: {
    outDir: here("../dist"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a strict content security policy has no data: scripts
    modulePreload: false, // its helper needs a document, which workers and Node have not
    rolldownOptions: {
      external,
      // The pages, and the modules that other pages import by these very names.
      input: {
        index: here("index.html"),
        characters: here("characters.html"),
        livegrad: here("src/api/index.ts"),
        direct: here("src/api/direct.ts"),
        elements: here("src/elements/index.ts"),
        "text-elements": here("src/elements/text-elements.ts"),
      },
      preserveEntrySignatures: "exports-only",
      output: {
        // What first views share is in few files, whoever else needs a part of one: each costs bytes of its own.
        codeSplitting: {
          groups: [
            { name: "api", test: /src.api.index\.ts$|preload-helper/, priority: 3 },
            // Both pages.
            {
              name: "learner",
              test: /elements.(learner|base|icons|notice|dark-scheme)\.ts$|lit.directives.live/,
              priority: 2,
            },
            { name: "lesson", test: /elements.(session|view|probability-bars)\.ts$/, priority: 1 }, // that of digits
          ],
        },
        entryFileNames: ({ name }) =>
          ["index", "characters"].includes(name) ? "assets/[name]-[hash].js" : "[name].js",
      },
    },
  },
});
