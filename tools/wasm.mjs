// Builds the WASM modules and puts them beside the page.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { buildPreset } from "./lib/cmake.mjs";
import { build, root } from "./lib/paths.mjs";

const sameContent = (a, b) => existsSync(b) && readFileSync(a).equals(readFileSync(b));

export async function buildWasm() {
  const folder = path.join(root, "web/wasm");
  mkdirSync(folder, { recursive: true });
  for (const variant of ["simd", "relaxed"]) {
    await buildPreset(`wasm-${variant}`, ["livegrad_module"]);
    const from = path.join(build, `wasm-${variant}/bindings`);
    for (const name of readdirSync(from).filter((file) => /^livegrad.*\.(mjs|wasm|d\.ts)$/.test(file))) {
      const [source, target] = [path.join(from, name), path.join(folder, name)];
      if (!sameContent(source, target)) copyFileSync(source, target);
    }
  }
}
