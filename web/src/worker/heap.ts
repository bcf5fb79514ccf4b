/**
 * Typed arrays over the module's memory. Growing the memory leaves old arrays behind, silently: so take a view, use it, and
 * take it again next time. A shared memory does not detach its old buffer, so buffers are compared by identity.
 */
export class Heap {
  #module: { readonly HEAPU8: Uint8Array };
  #buffer: ArrayBufferLike | undefined;
  #bytes!: Uint8Array;
  #words!: Uint32Array;
  #floats!: Float32Array;
  #indices!: Int32Array;
  #doubles!: Float64Array;

  constructor(module: { readonly HEAPU8: Uint8Array }) {
    this.#module = module;
  }

  #current(): this {
    const { buffer } = this.#module.HEAPU8;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = new Uint8Array(buffer);
      this.#words = new Uint32Array(buffer);
      this.#floats = new Float32Array(buffer);
      this.#indices = new Int32Array(buffer);
      this.#doubles = new Float64Array(buffer);
    }
    return this;
  }

  /** Bytes of the whole memory. */
  get size(): number {
    return this.#current().#bytes.length;
  }

  // Offsets in bytes, lengths in elements.
  bytes = (offset: number, length: number) => this.#current().#bytes.subarray(offset, offset + length);
  words = (offset: number, length: number) =>
    this.#current().#words.subarray(offset / 4, offset / 4 + length);
  floats = (offset: number, length: number) =>
    this.#current().#floats.subarray(offset / 4, offset / 4 + length);
  indices = (offset: number, length: number) =>
    this.#current().#indices.subarray(offset / 4, offset / 4 + length);
  doubles = (offset: number, length: number) =>
    this.#current().#doubles.subarray(offset / 8, offset / 8 + length);
}
