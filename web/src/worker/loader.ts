import { LivegradError } from "../api/errors";
import type { MainModule, Session as WasmSession } from "../../../bindings/livegrad";
import type { Variant } from "../api/types";

/** Emscripten's factory of one build. */
type Factory = (options?: object) => Promise<WasmModule>;
type WasmModule = MainModule & { readonly HEAPU8: Uint8Array };

/** Where each build of the core is, so that bundlers see the addresses. That with threads has relaxed SIMD too. */
const builds: Record<Variant | "threads", () => Promise<{ default: Factory }>> = {
  threads: () => import("../../wasm/livegrad-threads.mjs"),
  relaxed: () => import("../../wasm/livegrad-relaxed.mjs"),
  simd: () => import("../../wasm/livegrad-simd.mjs"),
};

const modules: Record<keyof typeof builds, URL> = {
  threads: new URL("../../wasm/livegrad-threads.wasm", import.meta.url),
  relaxed: new URL("../../wasm/livegrad-relaxed.wasm", import.meta.url),
  simd: new URL("../../wasm/livegrad-simd.wasm", import.meta.url),
};

/** Networks as small as a page's gain nothing from more. */
const maxThreads = 4;

// The smallest modules that use each feature, as bytes: () -> v128 i32x4.splat 0, and
// (x: f32, y: f32, z: f32) -> f32 lane 0 of f32x4.relaxed_madd.
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
// prettier-ignore
const simdModule = new Uint8Array([
  ...header,
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type () -> v128
  0x03, 0x02, 0x01, 0x00, // function 0
  0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x0b, // i32.const 0, i32x4.splat
]);
// prettier-ignore
const relaxedModule = new Uint8Array([
  ...header,
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d, // type (f32, f32, f32) -> f32
  0x03, 0x02, 0x01, 0x00, // function 0
  0x07, 0x08, 0x01, 0x04, 0x6d, 0x61, 0x64, 0x64, 0x00, 0x00, // export "madd"
  0x0a, 0x16, 0x01, 0x14, 0x00, // body
  0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13, // f32x4.splat each argument
  0xfd, 0x85, 0x02, // f32x4.relaxed_madd
  0xfd, 0x1f, 0x00, // f32x4.extract_lane 0
  0x0b,
]);

function hasSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(simdModule);
}

function hasRelaxedSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(relaxedModule);
}

/**
 * Whether relaxed multiply-adds round once here. 16777218·3 = 50331654 rounds to the float 50331656, and that plus 3 to
 * 50331660; rounded once at the end, 50331657 becomes 50331656.
 */
export function fusesMultiplyAdd(): boolean {
  const { madd } = new WebAssembly.Instance(new WebAssembly.Module(relaxedModule)).exports as {
    madd: (x: number, y: number, z: number) => number;
  };
  return madd(16777218, 3, 3) === 50331656;
}

/** Threads that can share memory here: one per core in a worker of a page that is cross-origin isolated, else one. */
function threadsHere(): number {
  const { crossOriginIsolated, document, navigator } = globalThis as Partial<typeof globalThis>;
  if (!crossOriginIsolated || document) return 1; // a document's thread must not wait
  return Math.max(1, Math.min(navigator?.hardwareConcurrency ?? 1, maxThreads));
}

export interface LoadedModule {
  readonly variant: Variant;
  readonly threads: number;
  readonly module: WasmModule;
}

/** Fetches exactly one build: the one asked for, or the best that runs here. */
export async function loadModule(variant?: Variant): Promise<LoadedModule> {
  if (!hasSimd())
    throw new LivegradError(
      "unsupported",
      "browser",
      "This browser cannot run 128-bit SIMD WebAssembly, which the training needs. Use Chrome or Edge 91, Firefox 89, Safari 16.4 or later.",
    );
  let build: keyof typeof builds = variant ?? "simd";
  try {
    const chosen = variant ?? (hasRelaxedSimd() && fusesMultiplyAdd() ? "relaxed" : "simd");
    const threads = chosen === "relaxed" ? threadsHere() : 1;
    build = threads > 1 ? "threads" : chosen;
    const [{ default: create }, compiled] = await Promise.all([builds[build](), compile(modules[build])]);
    return { variant: chosen, threads, module: await instantiate(create, threads, compiled) };
  } catch (error) {
    throw new LivegradError(
      "not_found",
      `livegrad-${build}.wasm`,
      `The core could not be loaded (${error instanceof Error ? error.message : error}). Check that the page's files are complete and its content security policy has 'wasm-unsafe-eval'.`,
    );
  }
}

/** Compiles a module while it arrives, beside the code that goes with it; null: that code has to. */
async function compile(url: URL): Promise<WebAssembly.Module | null> {
  if (!url.protocol.startsWith("http")) return null; // Node
  try {
    return await WebAssembly.compileStreaming(fetch(url, { credentials: "same-origin" }));
  } catch {
    return null; // that code knows other ways, and what to say when there is none
  }
}

function instantiate(
  create: Factory,
  threads: number,
  compiled: WebAssembly.Module | null,
): Promise<WasmModule> {
  if (!compiled) return create({ threads });
  return new Promise((resolve, reject) => {
    const instantiateWasm = (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object => {
      WebAssembly.instantiate(compiled, imports)
        .then((instance) => done(instance, compiled))
        .catch(reject);
      return {};
    };
    create({ threads, instantiateWasm }).then(resolve, reject);
  });
}

export type { WasmModule, WasmSession };
