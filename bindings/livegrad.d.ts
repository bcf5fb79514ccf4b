// placeholder until built
export interface Session {
  info(): string;
  allocate(bytes: number): number;
  release(offset: number): void;
  makeDataset(request: string): string;
  closeDataset(dataset: number): void;
  check(spec: string): string;
  compile(spec: string): number;
  closeModel(model: number): void;
  network(model: number): string;
  setData(model: number, dataset: number): void;
  train(model: number, steps: number, until: number, endless: boolean): number;
  firstNonfinite(model: number): string;
  startOver(model: number, seed: number): void;
  setOptions(model: number, options: string): string;
  replace(model: number, spec: string): string;
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
export type MainModule = { Session: { new (): Session } };
