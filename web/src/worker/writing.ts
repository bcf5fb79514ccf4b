import type { HostEvent } from "../api/protocol";
import type { WriteOptions } from "../api/types";
import type { Core } from "./core";

/** Milliseconds between two messages. */
const tellMs = 30;
/** Characters of what was written that a sampler made anew goes on from. */
const kMemory = 200;

interface Current {
  options: Required<WriteOptions>;
  /** One string a symbol. */
  readonly vocabulary: readonly string[];
  readonly prime: string;
  written: string;
  length: number;
  /** Of `written`, what was told. */
  told: number;
  readonly id: number;
}

/** The text that a model writes: a few characters at a time, between steps of learning. */
export class Writing {
  readonly #core: Core;
  readonly #model: number;
  readonly #emit: (event: HostEvent) => void;
  #current: Current | null = null;
  #last = 0;
  #toldAt = 0;
  #msPerCharacter = 0.1;

  constructor(core: Core, model: number, emit: (event: HostEvent) => void) {
    this.#core = core;
    this.#model = model;
    this.#emit = emit;
  }

  get busy(): boolean {
    return this.#current !== null;
  }

  /** Begins; what is being written ends there. Throws what the core says of the beginning or the options. */
  start(options: Required<WriteOptions>, vocabulary: string): number {
    this.#write(options, 0); // checks them
    this.#core.call.startWriting(this.#model, options.prime, options.seed);
    this.stop();
    const { prime } = options;
    const id = ++this.#last;
    this.#current = { options, vocabulary: [...vocabulary], prime, written: "", length: 0, told: 0, id };
    return id;
  }

  update(changes: Partial<WriteOptions>): void {
    if (!this.#current) return;
    const options = { ...this.#current.options, ...changes };
    this.#write(options, 0);
    this.#current.options = options;
  }

  stop(): void {
    const current = this.#current;
    if (!current) return;
    this.#current = null;
    this.#tell(current, true);
  }

  /** Writes for about so many milliseconds. */
  slice(share: number): void {
    const current = this.#current;
    if (!current) return;
    const { options, vocabulary } = current;
    const before = performance.now();
    const wanted = Math.min(
      options.characters - current.length,
      Math.max(1, Math.floor(share / this.#msPerCharacter)),
    );
    let done = this.#write(options, wanted);
    if (done === 0 && wanted > 0) {
      // Other settings or weights: the sampler was made for those before.
      const text = current.prime + current.written;
      this.#core.call.startWriting(this.#model, text.slice(-kMemory), options.seed + current.length);
      done = this.#write(options, wanted);
    }
    const symbols = this.#core.written(done);
    for (const symbol of symbols) current.written += vocabulary[symbol] ?? "";
    current.length += done;
    const now = performance.now();
    if (done > 0) this.#msPerCharacter = Math.max((now - before) / done, this.#msPerCharacter / 2, 1e-3);
    if (current.length >= options.characters) this.stop();
    else if (now - this.#toldAt > tellMs) this.#tell(current, false);
  }

  #write({ temperature, topK, topP, greedy }: Required<WriteOptions>, count: number): number {
    return this.#core.call.write(this.#model, count, temperature, topK, topP, greedy);
  }

  #tell(current: Current, ended: boolean): void {
    if (current.told === current.written.length && !ended) return;
    const text = current.written.slice(current.told);
    current.told = current.written.length;
    this.#toldAt = performance.now();
    this.#emit({ type: "written", model: this.#model, writing: current.id, text, ended });
  }
}
