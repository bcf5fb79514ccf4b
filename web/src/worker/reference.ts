import { LivegradError } from "../api/errors";
import type { GradientCheckRow } from "../api/types";

/** The module of bindings/check/, as Emscripten makes it. */
interface CheckModule {
  readonly HEAPU8: Uint8Array;
  _check_allocate(bytes: number): number;
  _check_open(recording: number, seed: number): number;
  _check_failure(): number;
  _check_numbers(tensor: number, first: number, count: number): number;
}

/** Numbers that one call checks. */
const atOnce = 2;

/** The core with reference kernels in double precision, fetched when gradients are to be checked. */
export class Reference {
  readonly #module: CheckModule;

  private constructor(module: CheckModule) {
    this.#module = module;
  }

  static async load(): Promise<Reference> {
    try {
      const { default: create } = await import("../../wasm/livegrad-check.mjs");
      return new Reference(await create());
    } catch (error) {
      throw new LivegradError(
        "not_found",
        "livegrad-check.wasm",
        `The reference that checks gradients could not be loaded (${error instanceof Error ? error.message : error}). Look after the network connection, and try again.`,
      );
    }
  }

  /** Checks up to so many numbers of each tensor of a recorded network, and tells how its rows stand after every few. */
  *check(recording: Uint8Array, seed: number, samples: number): Generator<GradientCheckRow[]> {
    const module = this.#module;
    const place = module._check_allocate(recording.length);
    if (place) module.HEAPU8.set(recording, place);
    const count = place ? module._check_open(place, seed) : -1;
    if (count < 0)
      throw new LivegradError(
        "out_of_memory",
        "check",
        `The network cannot be made again in double precision (${place ? this.#text(module._check_failure()) : "no memory left"}). Use a smaller one, or close other tabs.`,
      );
    const rows = Array.from({ length: count }, (_, tensor) => this.#row(tensor, 0, 0));
    yield [...rows];
    for (const [tensor, { size }] of rows.entries())
      for (let first = 0; first < Math.min(samples, size); first += atOnce) {
        rows[tensor] = this.#row(tensor, first, Math.min(atOnce, samples - first));
        yield [...rows];
      }
  }

  /** Row of module.cpp. */
  #row(tensor: number, first: number, count: number): GradientCheckRow {
    const at = this.#module._check_numbers(tensor, first, count);
    const view = new DataView(this.#module.HEAPU8.buffer, at);
    const word = (offset: number): number => view.getInt32(offset, true);
    const checked = word(8);
    return {
      layer: this.#text(word(20)),
      parameter: this.#text(word(24)),
      size: word(16),
      checked,
      kinks: word(12),
      worst: checked > 0 ? view.getFloat64(0, true) : null,
    };
  }

  #text(at: number): string {
    const { HEAPU8 } = this.#module;
    return new TextDecoder().decode(HEAPU8.subarray(at, HEAPU8.indexOf(0, at)));
  }
}
