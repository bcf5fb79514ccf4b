// The public types of livegrad. `createSession` of "livegrad" (training in a worker) and of "livegrad/direct" (training on
// this thread) both give a Session; everything below holds for the two alike. See README.md beside this file.
import type { LayerInfo, Spec, SpecCheck, TensorInfo, TrainingOptions, TrainingSpec } from "./spec-types";

export type * from "./spec-types";

/** A build of the core: 128-bit SIMD with the portable bits, or relaxed SIMD (fused multiply-adds where there are any). */
export type Variant = "simd" | "relaxed";

export interface SessionOptions {
  /** Only the build with the portable bits: results equal `--isa portable` natively. Default: whether the page's address says `?exact=1`. */
  exact?: boolean;
  /** Folder of the data sets, as `npm run build` writes it: manifest.json and pieces. Default: `data/` beside the page's or module's files. */
  dataUrl?: string | URL;
  /** Data in that folder that will be loaded first ("mnist", "text", …): their first piece comes while the core is fetched and compiled. */
  data?: string;
}

export interface SessionInfo {
  readonly variant: Variant;
  /** Name of the kernel table: "wasm" or "wasm-relaxed". */
  readonly isa: string;
  /** Whether multiply-adds round once. Two sessions that agree here give the same bits. */
  readonly fused: boolean;
  /** More than one where the page is cross-origin isolated. */
  readonly threads: number;
}

/** Networks and data on one thread of computation. Nothing has to be freed by hand but the session itself. */
export interface Session {
  readonly info: SessionInfo;
  readonly datasets: Datasets;
  readonly texts: Texts;
  /**
   * Builds a network and draws its first weights; one over symbols takes as many as the text has, and learns from it.
   * Throws LivegradError: invalid_spec, shape_mismatch, out_of_memory.
   */
  compile(spec: Spec | string, text?: TextData): Promise<Model>;
  /** Says what is wrong with a spec, and where in the text, without building anything that lasts. */
  checkSpec(spec: Spec | string): Promise<SpecCheck>;
  /**
   * A drawn digit in MNIST's form, [1, 28, 28]: its bounding box scaled to 20 pixels, its centre of mass in the middle.
   * `ink` has width · height bytes, 0 paper … 255 ink. Throws LivegradError: invalid_argument.
   */
  frameDigit(ink: Uint8Array, width: number, height: number): Promise<Uint8Array>;
  /** Ends training, forgets every model and data set, and frees the memory. */
  close(): void;
}

// ----------------------------------------------------------------------------------------------------------------- data

export type Split = "training" | "validation" | "test";

/** Examples in the session's memory: what to train on and what to test on. */
export interface Dataset {
  readonly name: string;
  /** "real", or "drawn by the program": show it wherever the data are shown. */
  readonly origin: string;
  /** Names of the labels; empty for regression. */
  readonly classes: readonly string[];
  /** [channels, height, width] */
  readonly shape: readonly number[];
  readonly size: { readonly training: number; readonly test: number };
  /** How many of them are there, from the first on; fewer only while the rest is on its way: see DatasetOptions.onFirst. */
  readonly arrived: { readonly training: number; readonly test: number };
  /** Examples as the files have them. Throws LivegradError: invalid_argument when an index is out of range. */
  examples(split: "training" | "test", indices: readonly number[]): Promise<DatasetExample[]>;
  /** Forgets the data; models that use them keep them. */
  close(): Promise<void>;
}

export interface DatasetExample {
  readonly index: number;
  /** [channels, height, width] bytes, 0 … 255. */
  readonly pixels: Uint8Array;
  readonly shape: readonly number[];
  /** -1: none. */
  readonly label: number;
}

export interface LoadOptions {
  /**
   * Bytes fetched so far and in all, and in one sentence what is wrong with a piece that is asked for again. One that fails
   * four times is named by the error; another call goes on from there.
   */
  onProgress?: (loaded: number, total: number, trouble?: string) => void;
}

export interface DatasetOptions extends LoadOptions {
  /**
   * Gets the data as soon as their first piece is there: a model can begin to learn from them while the rest arrives. Until
   * the promise resolves, training examples that are not there yet are stood in for by those that are (example i by one of
   * the first pieces), so what is learned meanwhile depends on the speed of the network; only the test examples that have
   * arrived can be tested on; and hold_out must be 0, since what is held out may be learned from.
   */
  onFirst?: (dataset: Dataset) => void;
}

/** IDX files as published, gzip or not. */
export interface IdxFiles {
  name: string;
  trainImages: Uint8Array;
  trainLabels: Uint8Array;
  testImages: Uint8Array;
  testLabels: Uint8Array;
  classes?: readonly string[];
}

/** Pictures as bytes, and a byte for the label of each. */
export interface Pictures {
  /** Each [channels, height, width] bytes, 0 … 255, one picture after the other. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Pictures of one's own, as pixels. */
export interface PixelData {
  name: string;
  /** Where they come from: shown wherever the data are. */
  origin: string;
  /** [channels, height, width], 1 or 3 channels. */
  shape: readonly [channels: number, height: number, width: number];
  /** At most 256. */
  classes: readonly string[];
  training: Pictures;
  test: Pictures;
}

/** A data set that lies in `dataUrl`. */
export interface AvailableDataset {
  /** "mnist", "fashion-mnist" or "cifar-10" */
  readonly name: string;
  readonly title: string;
  /** Whom to thank, and the licence. */
  readonly credit: string;
}

export interface Datasets {
  /** What lies in `dataUrl`, by its manifest.json; empty when there is none. */
  available(): Promise<readonly AvailableDataset[]>;
  /** From `dataUrl`. Throws LivegradError: not_found when it is not there, or a piece is missing or damaged. */
  mnist(options?: DatasetOptions): Promise<Dataset>;
  fashionMnist(options?: DatasetOptions): Promise<Dataset>;
  /** 10,000 training and 1,000 test images. */
  cifar10(options?: DatasetOptions): Promise<Dataset>;
  /** Digits that the program draws itself, 28x28: always there. Show their origin. Default 10,000 and 2,000, seed 1. */
  drawn(options?: { training?: number; test?: number; seed?: number }): Promise<Dataset>;
  fromIdx(files: IdxFiles): Promise<Dataset>;
  /** Throws LivegradError: invalid_data when lengths or labels do not fit. */
  fromPixels(data: PixelData): Promise<Dataset>;
  /**
   * The same data with more to learn from: each of these pictures, of the same shape and classes, comes `times` times in a
   * pass. The test examples stay. Throws LivegradError: not_found when the data set was closed, invalid_data.
   */
  mixed(base: Dataset, more: Pictures, options: { name: string; times: number }): Promise<Dataset>;
}

// ---------------------------------------------------------------------------------------------------------------- texts

/** A text in the session's memory, as symbols of its vocabulary. */
export interface TextData {
  readonly name: string;
  /** "real", "pasted" or "made by the program": show it wherever the text is shown. */
  readonly origin: string;
  /** Every character that occurs, in order: a character's place is its symbol. */
  readonly vocabulary: string;
  readonly characters: number;
  /** Forgets the text; models that use it keep it. */
  close(): Promise<void>;
}

/**
 * What is held out: "streams-5" the last 5 % of each of 50 streams (char-rnn), "tail-10" the last 10 % (nanoGPT), or
 * nothing. Losses on different splits cannot be compared.
 */
export type TextSplit = "none" | "streams-5" | "tail-10";

/** A language that the program writes itself, a sentence a line, by a rule that a reader can check. */
export interface Language {
  /** "dates", "brackets", "sums" … */
  readonly name: string;
  readonly rule: string;
}

export interface TextOptions extends LoadOptions {
  /** Puts the text in this vocabulary, such as that of a model that is to go on with it. */
  vocabulary?: string;
}

export interface Texts {
  /** 1.1 MB of Shakespeare, from `dataUrl`. Throws LivegradError: not_found when it is not there. */
  shakespeare(options?: TextOptions): Promise<TextData>;
  /** A text of one's own: a string, or a file's bytes (UTF-8, gzip or not). Throws LivegradError: invalid_data, naming the offset. */
  own(text: string | Uint8Array, options?: TextOptions & { name?: string }): Promise<TextData>;
  /** Written by the program. Default 1,000,000 characters, seed 1. */
  made(language: string, options?: TextOptions & { characters?: number; seed?: number }): Promise<TextData>;
  languages(): Promise<readonly Language[]>;
  /** What is wrong with each line of a language, "" for those that keep the rules. */
  check(language: string, lines: readonly string[]): Promise<string[]>;
}

/** How the next character is chosen. */
export interface SamplingOptions {
  /** Scores are divided by it: below 1 more certain, above 1 more daring. Default 1. */
  temperature?: number;
  /** Only the so many most likely. Default 0: all. */
  topK?: number;
  /** Only the most likely that have this share together. Default 1: all. */
  topP?: number;
  /** Always the most likely. Default false. */
  greedy?: boolean;
}

export interface WriteOptions extends SamplingOptions {
  /** Text to begin with; all its characters must be in the vocabulary. */
  prime?: string;
  /** Default 500. */
  characters?: number;
  /** The same weights, prime and seed write the same text. Default 1. */
  seed?: number;
}

/** What a network makes of a text, character by character. */
export interface TextReading {
  readonly characters: readonly string[];
  /** Of the tensor for one character: [128], or [4, 128]. */
  readonly shape: readonly number[];
  /** [characters, ...shape] */
  readonly values: Float32Array;
  /** After each character, what is likeliest to follow, most likely first. */
  readonly likeliest: readonly (readonly Candidate[])[];
}

export interface Candidate {
  readonly character: string;
  readonly probability: number;
}

// ---------------------------------------------------------------------------------------------------------------- model

export type ModelState =
  | "paused" // ready, or stopped by pause()
  | "running"
  | "finished" // training.epochs are done, or early stopping said enough; run({endless: true}) goes on
  | "nonfinite"; // a value went NaN or infinite; startOver, load or a change of options makes it "paused" again

/** What happened since the tick before: one a display frame, when the listener keeps up; else the ticks are merged. */
export interface Tick {
  /** Updates so far. */
  readonly step: number;
  /** Passes over the training examples so far. */
  readonly epoch: number;
  /** Mean over the examples since the tick before; nats for softmax. NaN when there were none. */
  readonly loss: number;
  /** Percent right among them, before their updates; null when the loss has no classes. */
  readonly accuracy: number | null;
  readonly examples: number;
  /** Moving average over about a second of training, time spent drawing included. */
  readonly examplesPerSecond: number;
  /** What an example takes of a step, averaged alike: the forward pass, and the backward pass with the update. */
  readonly msPerExample: { readonly forward: number; readonly backward: number };
  /** Loss of each step since the tick before. */
  readonly losses: Float32Array;
  /** Learning rate of the last step. */
  readonly rate: number;
  /** Of the last step, over all parameters, before clipping. */
  readonly gradientNorm: number;
  readonly clipped: boolean;
  /** Steps of the whole run in which gradients were scaled to clip_norm, or some clamped to clip_value. */
  readonly clips: { readonly byNorm: number; readonly byValue: number };
  readonly state: ModelState;
  /** With state "nonfinite": the first value that went NaN or infinite ("conv1.out"); else "". */
  readonly firstNonfinite: string;
  /** One sentence on why training stopped by itself; else "". */
  readonly message: string;
  /** Validation done since the tick before. */
  readonly validation: Validation | null;
}

export interface Validation {
  readonly split: Split;
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number | null;
}

/** Settings to change first, and when to stop and validate. */
export type TrainOptions = TrainingSpec & RunOptions;

export interface RunOptions {
  /** Stop after this many more steps. */
  steps?: number;
  /** Go on past training.epochs and early stopping. */
  endless?: boolean;
  /** Default: the validation split after every epoch when hold_out is not 0, else none. `every` is in epochs. */
  validate?: { split?: "validation" | "test"; every?: number; examples?: number } | false;
}

export interface Evaluation {
  readonly split: Split;
  readonly examples: number;
  /** Null when the loss has no classes, and so the next three. */
  readonly correct: number | null;
  /** Percent right, percent wrong, and its 95 % Wilson score interval. */
  readonly accuracy: number | null;
  readonly error: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly loss: number;
  /** [true class][predicted class] counts; empty without classes. */
  readonly confusion: readonly (readonly number[])[];
}

export interface EvaluateOptions {
  /** The first this many. Default: all. */
  examples?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** Also tell schedules and early stopping, and add it to the history. */
  report?: boolean;
}

/** Something to look at: an example of the model's data, or pixels of one's own in the data set's format. */
export type Example =
  | { readonly split: Split; readonly index: number }
  | {
      /** [channels, height, width] bytes 0 … 255 (as the data set's: white ink on black for digits). Larger than the input: centre crop. */
      readonly pixels: Uint8Array | Uint8ClampedArray;
      /** [channels, height, width]. Default: the data set's shape, else the network's input. */
      readonly shape?: readonly number[];
      /** Its class, for loss and gradients. */
      readonly label?: number;
    }
  | {
      /** For networks over symbols: at most one character more than the sequence has steps. */
      readonly text: string;
      /** Only the prediction of the last character counts in the loss. Default false. */
      readonly lastOnly?: boolean;
    };

export interface Prediction {
  /** One for each class; null when the loss has no classes. */
  readonly probabilities: Float32Array | null;
  /** What the loss looks at: scores or reconstruction. */
  readonly output: Float32Array;
  /** The likeliest class, -1 without classes. */
  readonly best: number;
  /** -1: none. */
  readonly label: number;
  /** 0 without a label. */
  readonly loss: number;
}

/** By how much repeated products with a recurrent matrix stretch what they are given. */
export interface RecurrentRadius {
  /** Such as "lstm1" or "gru1.layer2". */
  readonly layer: string;
  /** gru: "r", "z", "n"; lstm: "i", "f", "g", "o"; rnn: "". */
  readonly gate: string;
  /** The largest modulus of an eigenvalue. */
  readonly radius: number;
}

export interface GradientCheckOptions {
  /** Numbers checked of each tensor, chosen by chance. Default: 40. */
  samples?: number;
  /** Of the examples, which are noise, and of the numbers chosen. Default: 1. */
  seed?: number;
  /** How the rows stand; `done` is from 0 to 1. */
  onProgress?: (rows: readonly GradientCheckRow[], done: number) => void;
  signal?: AbortSignal;
}

/** What came of a tensor of parameters, or of the network's input. */
export interface GradientCheckRow {
  readonly layer: string;
  /** A role such as "weight"; of the input "input". */
  readonly parameter: string;
  /** Numbers in the tensor. */
  readonly size: number;
  readonly checked: number;
  /** Numbers left out because the loss has a kink there (ReLU, max). */
  readonly kinks: number;
  /** The largest relative error; null where none was checked. Right gradients stay below 1e-6. */
  readonly worst: number | null;
}

/** The curves of a run, column by column: at most 1,024 points, thinned as the run goes on. */
export interface History {
  readonly training: Curve;
  readonly validation: Curve;
}

export interface Curve {
  readonly step: Float64Array;
  readonly epoch: Float64Array;
  readonly loss: Float64Array;
  /** Percent; NaN without classes. */
  readonly accuracy: Float64Array;
}

// ------------------------------------------------------------------------------------------------------------- watching

/**
 * How numbers become colours: `diverging` blue, white, orange around 0; `diverging-dark` blue, near-black, orange, for dark
 * pages; `grey` black to white; `ink` white to black.
 */
export type Palette = "diverging" | "diverging-dark" | "grey" | "ink";

export interface WatchOptions {
  /** Name of a tensor in Model.tensors: "conv1.out", "conv1.weight". */
  tensor: string;
  /** Its gradient instead of its values. Default false. */
  gradient?: boolean;
  /**
   * For values: of the example chosen by look() (default), or of this example of the last training batch, which keeps no
   * more than learning needs: an activation takes the place of the product before it, and has no gradient of its own.
   */
  batchIndex?: number;
  /**
   * Where to draw: canvas.transferControlToOffscreen(). It is moved to the worker, which sizes it and draws a grid of
   * pictures, one a channel. Without a canvas every frame carries the numbers.
   */
  canvas?: OffscreenCanvas;
  /** Canvas pixels a number; default 1. */
  scale?: number;
  /** Canvas pixels between pictures; default 1. */
  gap?: number;
  /** Pictures a row. Default: a near-square grid. */
  columns?: number;
  /** Default "diverging". */
  palette?: Palette;
  /** Shows the numbers in this shape [channels, height, width]: [10, 28, 28] for the weights of dense units over a picture. */
  shape?: readonly [channels: number, height: number, width: number];
  /** Three channels a picture: red, green and blue, black at the low end of the range; the palette is not used. */
  color?: boolean;
  /** Numbers that get the ends of the palette. Default: the largest magnitude around 0 for diverging, else minimum and maximum. */
  range?: readonly [low: number, high: number];
  /** Only these channels (axis 0 of what is drawn). Default: all, at most 256. */
  channels?: { readonly from: number; readonly count: number };
}

/** A tensor by its name, or its gradient. */
export type TensorChoice = Pick<WatchOptions, "tensor" | "gradient">;

/** One look at a watched tensor. */
export interface Frame {
  readonly step: number;
  /** Of what is shown: [channels, height, width], or [units]. */
  readonly shape: readonly number[];
  /** Over all its numbers. */
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly deviation: number;
  /** Share of exact zeros: dead or inactive units. */
  readonly zeroFraction: number;
  /** The numbers drawn at the ends of the palette. */
  readonly range: readonly [low: number, high: number];
  /** How the canvas is laid out, in canvas pixels; null without a canvas. */
  readonly grid: Grid | null;
  /** A copy of the numbers; null with a canvas. */
  readonly values: Float32Array | null;
}

export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** One picture, without the gap. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly gap: number;
}

/** A tensor being watched. Close it when it leaves the screen: nothing is computed or drawn for what nobody watches. */
export interface Watch {
  readonly tensor: string;
  /** Changes how, or which tensor, is drawn; everything but the canvas. */
  update(options: Partial<Omit<WatchOptions, "canvas">>): Promise<void>;
  /** Rest while off screen, and go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** A text being written. */
export interface Writing {
  /** All of it, once it has its length or was stopped. */
  readonly done: Promise<string>;
  /** Changes how the next characters are chosen. */
  update(options: SamplingOptions): Promise<void>;
  stop(): Promise<void>;
}

/** What a checkpoint was learning from. */
export interface LoadedData {
  /** Whether the model has the same data; "none": it has none; "unfit": the network cannot take those it had. */
  readonly data: "none" | "same" | "different" | "unfit";
  /** "mnist", "tinyshakespeare", "dates"; empty when the checkpoint had none. */
  readonly name: string;
}

export interface ModelEvents {
  tick: Tick;
  /** Running, paused, finished or nonfinite. */
  state: ModelState;
  /** Another network: spec, layers and tensors have changed (replace, load). Watches of tensors that still exist go on. */
  network: Model;
  /** Options in force have changed. */
  options: TrainingOptions;
  /** Weights, step and curves were set anew (startOver, load): draw the history from the start. */
  reset: Model;
}

/** How far a step moved a parameter. */
export interface Update {
  readonly parameter: string;
  readonly layer: string;
  /** Sum of the squares of its numbers before the step. */
  readonly weights: number;
  /** Sum of the squares of what the step added to them. */
  readonly change: number;
}

/** A network, its training and its place in the data. Properties are those of the last answer from the session. */
export interface Model {
  /** With every default written out and every layer with its stable name. */
  readonly spec: Spec;
  readonly layers: readonly LayerInfo[];
  readonly tensors: readonly TensorInfo[];
  readonly parameterCount: number;
  readonly classes: number;
  /** Settings in force. */
  readonly options: TrainingOptions;
  readonly state: ModelState;
  readonly step: number;
  readonly epoch: number;
  readonly dataset: Dataset | null;
  readonly textData: TextData | null;
  /** Characters that the network knows, in the order of their symbols; empty when it learns from no text. */
  readonly vocabulary: string;
  /** Examples, of a text characters, of a pass over the data. */
  readonly passSize: number;

  /** Listens; returns what ends it. */
  on<E extends keyof ModelEvents>(event: E, listener: (detail: ModelEvents[E]) => void): () => void;

  /** The examples to learn from, or the text, of which "tail-10" is held out by default. Throws LivegradError: shape_mismatch, invalid_data. */
  data(data: Dataset): Promise<void>;
  data(data: TextData, options?: { split?: TextSplit }): Promise<void>;

  /** Trains; one tick a frame. Leaving the loop pauses. Ends when training finishes, pauses, or goes NaN. */
  train(options?: TrainOptions): AsyncIterableIterator<Tick>;
  /** The same without the loop: starts and returns. Ticks come as events. */
  run(options?: TrainOptions): Promise<void>;
  /** Resolves when training stands still. */
  pause(): Promise<void>;
  /** Exactly this many steps (default 1), then paused. */
  stepOnce(steps?: number): Promise<Tick>;
  /** Weights, statistics, optimiser, curves and place in the data as at the beginning. Default: the seed in force. Keeps running. */
  startOver(seed?: number): Promise<void>;
  /** Changes settings between two steps. Throws LivegradError: invalid_argument or invalid_spec; then nothing has changed. */
  setOptions(options: TrainingSpec): Promise<TrainingOptions>;

  /** Tests in slices; training holds still meanwhile, so that the result belongs to one set of weights, and goes on after. */
  evaluate(split: Split, options?: EvaluateOptions): Promise<Evaluation>;
  /** Answers for examples, in the order given. Changes nothing that learning depends on. */
  predict(examples: readonly Example[]): Promise<Prediction[]>;
  /** Chooses the example that watches show from now on, also while training. Default: the first test example. */
  look(example: Example): Promise<Prediction>;
  /** Shows a tensor: draws into a canvas, or hands over the numbers, whenever it changes, at most once a frame. */
  watch(options: WatchOptions, onFrame?: (frame: Frame) => void): Promise<Watch>;
  /** Writes a text, also while it learns, a few characters between steps. What is being written ends; `done` has all of it. */
  write(options?: WriteOptions, onText?: (more: string) => void): Promise<Writing>;
  /**
   * Reads a text from its beginning and gives, for each character, a tensor of the network ("lstm.h", "lstm.gates") and
   * the likeliest characters to follow.
   */
  readText(text: string, tensor: string, candidates?: number): Promise<TextReading>;
  /** A copy of a tensor's numbers, now. */
  read(tensor: string, options?: { gradient?: boolean; batchIndex?: number }): Promise<Float32Array>;
  /**
   * Copies of several tensors at one moment, with the same weights: of the example that look() chose, or of each of
   * `examples`, one after the other. Parameters are whole.
   */
  readAll(tensors: readonly TensorChoice[], examples?: readonly Example[]): Promise<Float32Array[]>;
  /** How far the next step moves each parameter: waits for that step and changes nothing of it. Empty when the model closes first. */
  measureUpdate(): Promise<readonly Update[]>;

  /** Another network; weights of layers whose name and shapes still fit stay. Returns the names of the parameters kept. */
  replace(spec: Spec | string): Promise<string[]>;
  history(): Promise<History>;
  /**
   * The spectral radii of the recurrent matrices as they are, gate by gate. Work for some seconds where a layer has
   * hundreds of units. Throws LivegradError: invalid_argument when no layer is recurrent, or one has more than 512 units.
   */
  spectralRadii(): Promise<RecurrentRadius[]>;
  /**
   * Compares the gradients of this network, as it is, with finite differences: in double precision, by a reference that is
   * fetched for it, on a copy of the weights, in a worker of its own. Learning goes on meanwhile.
   */
  checkGradients(options?: GradientCheckOptions): Promise<readonly GradientCheckRow[]>;
  /** Everything as a safetensors file: the next loss after load is the same, bit for bit. */
  save(): Promise<Uint8Array>;
  /** Becomes the checkpoint's network and state. Throws LivegradError: invalid_checkpoint; then nothing has changed. */
  load(file: Uint8Array): Promise<LoadedData>;
  /** Stops and forgets the model. */
  close(): Promise<void>;
}
