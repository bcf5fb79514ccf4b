// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
declare namespace RuntimeExports {
    let HEAPU8: any;
    let HEAPF32: any;
    let HEAPF64: any;
    let HEAP_DATA_VIEW: any;
    let HEAP8: any;
    let HEAP16: any;
    let HEAPU16: any;
    let HEAP32: any;
    let HEAPU32: any;
    let HEAP64: any;
    let HEAPU64: any;
}
interface WasmModule {
}

type EmbindString = ArrayBuffer|Uint8Array|Uint8ClampedArray|Int8Array|string;
export interface Session {
  closeDataset(dataset: number): void;
  closeText(text: number): void;
  closeModel(model: number): void;
  setData(model: number, dataset: number): void;
  beginEvaluation(model: number): void;
  reportValidation(model: number): void;
  runProbe(model: number, examples: number, backward: boolean): void;
  release(offset: number): void;
  setPixels(model: number, slot: number, pixels: number, channels: number, height: number, width: number, label: number): void;
  frameDigit(pixels: number, width: number, height: number, out: number): void;
  statistics(x: number, size: number): void;
  allocate(bytes: number): number;
  train(model: number, steps: number, until: number, endless: boolean): number;
  startOver(model: number, seed: number): void;
  splitSize(model: number, split: number): number;
  evaluate(model: number, split: number, first: number, count: number): void;
  setExample(model: number, slot: number, split: number, index: number): void;
  write(model: number, count: number, temperature: number, topK: number, topP: number, greedy: boolean): number;
  draw(x: number, size: number, low: number, high: number, palette: number, out: number): void;
  info(): string;
  makeDataset(request: EmbindString): string;
  makeText(request: EmbindString): string;
  languages(): string;
  checkLine(language: EmbindString, line: EmbindString): string;
  check(spec: EmbindString): string;
  compile(spec: EmbindString, symbols: number): number;
  network(model: number): string;
  setText(model: number, text: number, split: EmbindString): void;
  firstNonfinite(model: number): string;
  setOptions(model: number, options: EmbindString): string;
  replace(model: number, spec: EmbindString): string;
  history(model: number): string;
  spectralRadii(model: number): string;
  evaluation(model: number): string;
  setSymbols(model: number, slot: number, text: EmbindString, lastOnly: boolean): void;
  startWriting(model: number, prime: EmbindString, seed: number): void;
  readText(model: number, text: EmbindString, value: EmbindString, candidates: number): string;
  save(model: number): string;
  record(model: number): string;
  load(model: number, file: number, bytes: number): string;
  delete(): void;
}

interface EmbindModule {
  Session: {
    new(_0: number): Session;
  };
}

export type MainModule = WasmModule & typeof RuntimeExports & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
