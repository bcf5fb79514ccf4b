// Builds the WASM modules and puts them beside the page.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { buildPreset } from "./lib/cmake.mjs";
import { build, root } from "./lib/paths.mjs";

const sameContent = (a, b) => existsSync(b) && readFileSync(a).equals(readFileSync(b));

export async function buildWasm() {
  const folder = path.join(root, "web/wasm");
  mkdirSync(folder, { recursive: true });
  await buildPreset("wasm-simd", ["livegrad_module", "livegrad_check_module"]);
  await buildPreset("wasm-relaxed", ["livegrad_module"]);
  await buildPreset("wasm-threads", ["livegrad_module"]);
  for (const where of [
    "wasm-simd/bindings",
    "wasm-simd/bindings/check",
    "wasm-relaxed/bindings",
    "wasm-threads/bindings",
  ]) {
    const from = path.join(build, where);
    for (const name of readdirSync(from).filter((file) => /^livegrad.*\.(mjs|wasm|d\.ts)$/.test(file))) {
      const [source, target] = [path.join(from, name), path.join(folder, name)];
      if (!sameContent(source, target)) copyFileSync(source, target);
    }
  }
}
