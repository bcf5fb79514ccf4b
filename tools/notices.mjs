// Third-party notices of dist/: the licence of every npm package that a chunk contains, and of the C++ libraries
// and the runtime that are compiled into the WASM modules.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { toolchain } from "./lib/paths.mjs";
import { emscriptenFolder } from "./setup/emscripten.mjs";

const rule = `\n${"=".repeat(80)}\n`;

/** The folder of the npm package that a module belongs to, or undefined for our own. */
function packageFolder(id) {
  return id.replaceAll("\\", "/").match(/^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/?\0]+)/)?.[1];
}

function packageNotice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file) throw new Error(`the npm package ${name} is shipped but has no licence file`);
  return {
    name,
    text: `${name} ${version} (${license})\n\n${readFileSync(path.join(folder, file), "utf8").trim()}`,
  };
}

/** Licence texts in the private toolchain; where CMake took the libraries from elsewhere, their own words are there. */
function wasmNotices() {
  const emscripten = emscriptenFolder();
  const include = path.join(toolchain, "include/licenses");
  const candidates = [
    ["xtensor", [path.join(include, "xtensor")]],
    ["xtl", [path.join(include, "xtl")]],
    ["xsimd", [path.join(include, "xsimd")]],
    ["JSON for Modern C++", [path.join(include, "nlohmann")]],
    [
      "Emscripten, with musl, libc++ and compiler-rt",
      [
        path.join(emscripten, "../../share/doc/emscripten/copyright"),
        path.join(emscripten, "../doc/emscripten/copyright"),
        path.join(emscripten, "LICENSE"),
      ],
    ],
  ];
  return candidates.flatMap(([name, files]) => {
    const file = files.find(existsSync);
    return file
      ? [{ name, text: `${name} (in the WebAssembly modules)\n\n${readFileSync(file, "utf8").trim()}` }]
      : [];
  });
}

/** Vite plugins, for the pages and for the workers, that gather what is bundled and write the notices. */
export function noticesPlugins() {
  const folders = new Set();
  const gather = {
    name: "livegrad-gather-packages",
    apply: "build",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.type === "chunk" ? Object.keys(chunk.modules) : []) {
          const folder = packageFolder(id);
          if (folder) folders.add(folder);
        }
      }
    },
  };
  const write = {
    ...gather,
    name: "livegrad-write-notices",
    generateBundle(options, bundle) {
      gather.generateBundle(options, bundle);
      const notices = [...[...folders].sort().map(packageNotice), ...wasmNotices()];
      const head = "livegrad is under the MIT licence. It contains the following software of others.";
      this.emitFile({
        type: "asset",
        fileName: "THIRD_PARTY_NOTICES.txt",
        source: [head, ...notices.map(({ text }) => text)].join(rule) + "\n",
      });
    },
  };
  return { pages: write, workers: gather };
}
