// Where things are. The toolchain and the data live in a cache folder that all checkouts share; the checkout
// holds a link to the toolchain, so that CMake and people find it at one place.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { toolchainId } from "./versions.mjs";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "livegrad");
export const toolchain = path.join(cache, `toolchain-${toolchainId}`);
export const toolchainLink = path.join(root, ".toolchain");
export const build = path.join(root, "build");

/** The full path of a program on PATH, or undefined. */
export function which(program) {
  for (const folder of (process.env.PATH || "").split(path.delimiter)) {
    const file = path.join(folder, program);
    if (folder && existsSync(file)) return file;
  }
  return undefined;
}
