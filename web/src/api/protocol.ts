// What the session's two halves say to each other: the half that applications hold (session.ts) and the Host, which
// computes, in a worker or on this thread. Plain data only, so that it can be sent.
import type {
  AvailableDataset,
  DatasetExample,
  Evaluation,
  Example,
  Frame,
  History,
  IdxFiles,
  Language,
  LayerInfo,
  LoadedData,
  ModelState,
  Pictures,
  PixelData,
  Prediction,
  RecurrentRadius,
  SessionInfo,
  Spec,
  Split,
  TensorChoice,
  TensorInfo,
  TextReading,
  TextSplit,
  Tick,
  TrainingOptions,
  TrainingSpec,
  Update,
  Variant,
  WatchOptions,
  WriteOptions,
} from "./types";

export interface HostOptions {
  /** Undefined: the best that runs here. */
  variant?: Variant;
  dataUrl: string;
  /** Of the data in that folder, which will be asked for first. */
  data?: string;
}

/** What a model is now. */
export interface ModelSnapshot {
  readonly spec: Spec;
  readonly options: TrainingOptions;
  readonly layers: readonly LayerInfo[];
  readonly tensors: readonly TensorInfo[];
  readonly parameterCount: number;
  readonly classes: number;
  readonly passSize: number;
  readonly vocabulary: string;
  readonly state: ModelState;
  readonly step: number;
  readonly epoch: number;
}

export interface DatasetInfo {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly size: { readonly training: number; readonly test: number };
  readonly arrived: DatasetInfo["size"];
}

export interface CheckedSpec {
  readonly spec: Spec;
  readonly layers: readonly LayerInfo[];
  readonly parameterCount: number;
}

/** How far to train, and when to validate on the way. */
export interface RunRequest {
  readonly steps: number;
  readonly endless: boolean;
  /** Null: never. `every` in epochs. */
  readonly validate: { readonly split: Split; readonly every: number; readonly examples: number } | null;
}

/** What the host tells without being asked, in order with its answers. After "model" it waits for delivered(). */
export type HostEvent =
  | {
      readonly type: "model";
      readonly model: number;
      readonly state: ModelState;
      readonly tick: Tick | null;
      readonly frames: readonly (readonly [watch: number, frame: Frame])[];
    }
  | {
      readonly type: "written";
      readonly model: number;
      readonly writing: number;
      /** What came since the last such event. */
      readonly text: string;
      readonly ended: boolean;
    }
  | {
      readonly type: "progress";
      readonly request: number;
      readonly done: number;
      readonly total: number;
      /** Of data: a piece that is asked for again. */
      readonly trouble?: string | undefined;
      /** Data of which the first piece is there. */
      readonly dataset?: DatasetInfo | undefined;
    };

export type DatasetRequest =
  | { readonly kind: "published"; readonly name: "mnist" | "fashion-mnist" | "cifar-10" }
  | { readonly kind: "drawn"; readonly training: number; readonly test: number; readonly seed: number }
  | { readonly kind: "idx"; readonly files: IdxFiles }
  | { readonly kind: "pixels"; readonly data: PixelData }
  | {
      readonly kind: "mixed";
      readonly base: number;
      readonly more: Pictures;
      readonly name: string;
      readonly times: number;
    };

export interface TextInfo {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly vocabulary: string;
  readonly characters: number;
}

export type TextRequest = { readonly vocabulary?: string } & (
  | { readonly kind: "shakespeare" }
  | {
      readonly kind: "language";
      readonly language: string;
      readonly characters: number;
      readonly seed: number;
    }
  | { readonly kind: "own"; readonly name: string; readonly origin: string; readonly file: Uint8Array }
);

/** Models, data sets, watches and requests are numbers. Every method may throw a LivegradError. */
export interface Host {
  start(options: HostOptions): Promise<SessionInfo>;
  /** The last "model" event has arrived. */
  delivered(model: number): void;

  availableDatasets(): Promise<readonly AvailableDataset[]>;
  loadDataset(request: DatasetRequest, progress: number): Promise<DatasetInfo>;
  examples(dataset: number, split: "training" | "test", indices: readonly number[]): DatasetExample[];
  closeDataset(dataset: number): void;

  loadText(request: TextRequest, progress: number): Promise<TextInfo>;
  closeText(text: number): void;
  languages(): Language[];
  checkLines(language: string, lines: readonly string[]): string[];

  frameDigit(ink: Uint8Array, width: number, height: number): Uint8Array;
  checkSpec(spec: string): CheckedSpec;
  /** `symbols` completes a spec that takes as many as its text has. */
  compile(spec: string, symbols: number): { readonly model: number; readonly snapshot: ModelSnapshot };
  closeModel(model: number): void;

  setData(model: number, dataset: number): ModelSnapshot;
  setText(model: number, text: number, split: TextSplit): ModelSnapshot;
  run(model: number, options: RunRequest): ModelSnapshot;
  pause(model: number): ModelSnapshot;
  /** Resolves when the steps are done. */
  runSteps(model: number, steps: number): Promise<{ readonly tick: Tick; readonly snapshot: ModelSnapshot }>;
  startOver(model: number, seed: number): ModelSnapshot;
  setOptions(model: number, options: TrainingSpec): ModelSnapshot;
  replace(model: number, spec: string): { readonly kept: string[]; readonly snapshot: ModelSnapshot };

  evaluate(
    model: number,
    split: Split,
    examples: number,
    report: boolean,
    progress: number,
  ): Promise<Evaluation | null>;
  /** The evaluation with this progress number answers null. */
  cancelEvaluation(model: number, progress: number): void;
  predict(model: number, examples: readonly Example[]): Prediction[];
  look(model: number, example: Example): Prediction;
  read(model: number, tensor: string, gradient: boolean, batchIndex: number | undefined): Float32Array;
  readAll(
    model: number,
    tensors: readonly TensorChoice[],
    examples: readonly Example[] | undefined,
  ): Float32Array[];
  measureUpdate(model: number): Promise<readonly Update[]>;

  /** Gives the writing's number; there is one at a time. */
  write(model: number, options: Required<WriteOptions>): number;
  updateWriting(model: number, options: Partial<WriteOptions>): void;
  stopWriting(model: number): void;
  readText(model: number, text: string, tensor: string, candidates: number): TextReading;

  watch(model: number, options: WatchOptions): number;
  updateWatch(model: number, watch: number, options: Partial<WatchOptions>): void;
  restWatch(model: number, watch: number, resting: boolean): void;
  closeWatch(model: number, watch: number): void;

  history(model: number): History;
  spectralRadii(model: number): RecurrentRadius[];
  save(model: number): Uint8Array<ArrayBuffer>;
  /** For the reference that checks gradients. */
  record(model: number): Uint8Array<ArrayBuffer>;
  load(model: number, file: Uint8Array): { readonly found: LoadedData; readonly snapshot: ModelSnapshot };
}

/** Two ticks as one. */
export function mergeTicks(first: Tick, second: Tick): Tick {
  const examples = first.examples + second.examples;
  const mean = (a: number, b: number) =>
    first.examples === 0
      ? b
      : second.examples === 0
        ? a
        : (a * first.examples + b * second.examples) / examples;
  const losses = new Float32Array(first.losses.length + second.losses.length);
  losses.set(first.losses);
  losses.set(second.losses, first.losses.length);
  return {
    ...second,
    loss: mean(first.loss, second.loss),
    accuracy:
      second.accuracy === null || first.accuracy === null
        ? second.accuracy
        : mean(first.accuracy, second.accuracy),
    examples,
    losses,
    clipped: first.clipped || second.clipped,
    validation: second.validation ?? first.validation,
  };
}
