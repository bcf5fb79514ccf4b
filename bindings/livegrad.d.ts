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
  info(): string;
  allocate(bytes: number): number;
  release(offset: number): void;
  makeDataset(request: EmbindString): string;
  closeDataset(dataset: number): void;
  check(spec: EmbindString): string;
  compile(spec: EmbindString): number;
  closeModel(model: number): void;
  network(model: number): string;
  setData(model: number, dataset: number): void;
  train(model: number, steps: number, until: number, endless: boolean): number;
  firstNonfinite(model: number): string;
  startOver(model: number, seed: number): void;
  setOptions(model: number, options: EmbindString): string;
  replace(model: number, spec: EmbindString): string;
  history(model: number): string;
  splitSize(model: number, split: number): number;
  beginEvaluation(model: number): void;
  evaluate(model: number, split: number, first: number, count: number): void;
  evaluation(model: number): string;
  reportValidation(model: number): void;
  setExample(model: number, slot: number, split: number, index: number): void;
  setPixels(model: number, slot: number, pixels: number, channels: number, height: number, width: number, label: number): void;
  runProbe(model: number, examples: number, backward: boolean): void;
  save(model: number): string;
  load(model: number, file: number, bytes: number): void;
  draw(x: number, size: number, low: number, high: number, palette: number, out: number): void;
  statistics(x: number, size: number): void;
  delete(): void;
}

interface EmbindModule {
  Session: {
    new(): Session;
  };
}

export type MainModule = WasmModule & typeof RuntimeExports & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
