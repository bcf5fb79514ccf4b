import { transfer } from "comlink";
import { LivegradError } from "./errors";
import { type HostEvent, mergeTicks, type ModelSnapshot, type RunRequest } from "./protocol";
import { DatasetClient, type SessionClient, TextClient } from "./session";
import { specText } from "./spec-text";
import type {
  Dataset,
  EvaluateOptions,
  Evaluation,
  Example,
  Frame,
  GradientCheckOptions,
  GradientCheckRow,
  History,
  LayerInfo,
  LoadedData,
  Model,
  ModelEvents,
  ModelState,
  Prediction,
  RecurrentRadius,
  Spec,
  Split,
  TensorChoice,
  TensorInfo,
  TextData,
  TextReading,
  TextSplit,
  Tick,
  TrainingOptions,
  TrainingSpec,
  TrainOptions,
  Update,
  Watch,
  WatchOptions,
  WriteOptions,
  Writing,
} from "./types";

type ModelEvent = Extract<HostEvent, { type: "model" }>;
type Listeners = { [E in keyof ModelEvents]: Set<(detail: ModelEvents[E]) => void> };

/** A model as applications hold it: its properties are those of the last answer or event. */
export class ModelClient implements Model {
  readonly #session: SessionClient;
  readonly #id: number;
  readonly #forget: () => void;
  readonly #listeners: Listeners = {
    tick: new Set(),
    state: new Set(),
    network: new Set(),
    options: new Set(),
    reset: new Set(),
  };
  readonly #watches = new Map<number, (frame: Frame) => void>();
  #snapshot: ModelSnapshot;
  #dataset: DatasetClient | null = null;
  #textData: TextClient | null = null;
  readonly #writings = new Map<
    number,
    { text: string; readonly onText: (more: string) => void; readonly end: (text: string) => void }
  >();
  readonly #closing = new Set<() => void>();
  #closed = false;

  constructor(session: SessionClient, id: number, snapshot: ModelSnapshot, forget: () => void) {
    this.#session = session;
    this.#id = id;
    this.#snapshot = snapshot;
    this.#forget = forget;
  }

  get spec(): Spec {
    return this.#snapshot.spec;
  }
  get layers(): readonly LayerInfo[] {
    return this.#snapshot.layers;
  }
  get tensors(): readonly TensorInfo[] {
    return this.#snapshot.tensors;
  }
  get parameterCount(): number {
    return this.#snapshot.parameterCount;
  }
  get classes(): number {
    return this.#snapshot.classes;
  }
  get options(): TrainingOptions {
    return this.#snapshot.options;
  }
  get state(): ModelState {
    return this.#snapshot.state;
  }
  get step(): number {
    return this.#snapshot.step;
  }
  get epoch(): number {
    return this.#snapshot.epoch;
  }
  get dataset(): Dataset | null {
    return this.#dataset;
  }
  get textData(): TextData | null {
    return this.#textData;
  }
  get vocabulary(): string {
    return this.#snapshot.vocabulary;
  }
  get passSize(): number {
    return this.#snapshot.passSize;
  }

  on<E extends keyof ModelEvents>(event: E, listener: (detail: ModelEvents[E]) => void): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  async data(data: Dataset | TextData, { split = "tail-10" }: { split?: TextSplit } = {}): Promise<void> {
    const own = data instanceof DatasetClient || data instanceof TextClient;
    if (!own || data.session !== this.#session)
      throw new LivegradError(
        "invalid_argument",
        "data",
        "The data belong to another session. Load them with this session's datasets or texts.",
      );
    if (data instanceof TextClient) {
      this.#update(await this.#host.setText(this.#id, data.id, split));
      this.#textData = data;
    } else {
      this.#update(await this.#host.setData(this.#id, data.id));
      this.#dataset = data;
    }
  }

  // -------------------------------------------------------------------------------------------------------- training

  async run(options: TrainOptions = {}): Promise<void> {
    const { steps = Infinity, endless = false, validate, ...settings } = options;
    if (!(steps >= 1))
      throw new LivegradError("invalid_argument", "train", `steps is ${steps}. Use 1 or more.`);
    if (Object.keys(settings).length > 0) await this.setOptions(settings);
    this.#update(await this.#host.run(this.#id, { steps, endless, validate: this.#validation(validate) }));
  }

  async *train(options: TrainOptions = {}): AsyncIterableIterator<Tick> {
    const inbox: { tick: Tick | null; ended: boolean; wake: () => void } = {
      tick: null,
      ended: false,
      wake: () => {},
    };
    const stopListening = this.on("tick", (tick) => {
      inbox.tick = inbox.tick ? mergeTicks(inbox.tick, tick) : tick;
      inbox.ended ||= tick.state !== "running";
      inbox.wake();
    });
    const close = () => inbox.wake();
    this.#closing.add(close);
    try {
      await this.run(options);
      while (!this.#closed && (inbox.tick || !inbox.ended)) {
        if (!inbox.tick) await new Promise<void>((resolve) => (inbox.wake = resolve));
        const { tick } = inbox;
        inbox.tick = null;
        if (tick && (tick.examples > 0 || tick.validation || tick.message)) yield tick;
      }
    } finally {
      stopListening();
      this.#closing.delete(close);
      if (!inbox.ended && !this.#closed) await this.pause();
    }
  }

  async pause(): Promise<void> {
    this.#update(await this.#host.pause(this.#id));
  }

  async stepOnce(steps = 1): Promise<Tick> {
    const { tick, snapshot } = await this.#host.runSteps(this.#id, steps);
    this.#update(snapshot);
    return tick;
  }

  async startOver(seed: number = this.options.seed): Promise<void> {
    this.#update(await this.#host.startOver(this.#id, seed));
    this.#tell("reset", this);
  }

  async setOptions(options: TrainingSpec): Promise<TrainingOptions> {
    this.#update(await this.#host.setOptions(this.#id, options));
    this.#tell("options", this.options);
    return this.options;
  }

  // ------------------------------------------------------------------------------------------------ testing, looking

  evaluate(
    split: Split,
    { examples = Infinity, onProgress, signal, report = false }: EvaluateOptions = {},
  ): Promise<Evaluation> {
    signal?.throwIfAborted();
    return this.#session.withProgress(onProgress, async (request) => {
      const cancel = () => void this.#host.cancelEvaluation(this.#id, request).catch(() => {});
      signal?.addEventListener("abort", cancel);
      try {
        const evaluation = await this.#host.evaluate(this.#id, split, examples, report, request);
        signal?.throwIfAborted();
        if (!evaluation)
          throw new LivegradError("closed", "evaluate", "The model was closed before its test was done.");
        return evaluation;
      } finally {
        signal?.removeEventListener("abort", cancel);
      }
    });
  }

  predict(examples: readonly Example[]): Promise<Prediction[]> {
    return this.#host.predict(this.#id, examples);
  }

  look(example: Example): Promise<Prediction> {
    return this.#host.look(this.#id, example);
  }

  async watch(options: WatchOptions, onFrame: (frame: Frame) => void = () => {}): Promise<Watch> {
    // Only a moved canvas may cross to the worker.
    const id = await this.#host.watch(
      this.#id,
      options.canvas ? transfer(options, [options.canvas]) : options,
    );
    this.#watches.set(id, onFrame);
    let { tensor } = options;
    return {
      get tensor() {
        return tensor;
      },
      update: async (changes) => {
        await this.#host.updateWatch(this.#id, id, changes);
        tensor = changes.tensor ?? tensor;
      },
      pause: () => this.#host.restWatch(this.#id, id, true),
      resume: () => this.#host.restWatch(this.#id, id, false),
      close: async () => {
        if (!this.#watches.delete(id) || this.#closed) return;
        await this.#host.closeWatch(this.#id, id);
      },
    };
  }

  read(
    tensor: string,
    { gradient = false, batchIndex }: { gradient?: boolean; batchIndex?: number } = {},
  ): Promise<Float32Array> {
    return this.#host.read(this.#id, tensor, gradient, batchIndex);
  }

  readAll(tensors: readonly TensorChoice[], examples?: readonly Example[]): Promise<Float32Array[]> {
    return this.#host.readAll(this.#id, tensors, examples);
  }

  measureUpdate(): Promise<readonly Update[]> {
    return this.#host.measureUpdate(this.#id);
  }

  async write(options: WriteOptions = {}, onText: (more: string) => void = () => {}): Promise<Writing> {
    const defaults = { prime: "", characters: 500, seed: 1, temperature: 1, topK: 0, topP: 1, greedy: false };
    const wanted = { ...defaults, ...options };
    if (!(wanted.characters >= 1))
      throw new LivegradError(
        "invalid_argument",
        "write",
        `characters is ${wanted.characters}. Use 1 or more.`,
      );
    const id = await this.#host.write(this.#id, wanted);
    const done = new Promise<string>((end) => this.#writings.set(id, { text: "", onText, end }));
    return {
      done,
      update: async (changes) => {
        if (this.#writings.has(id)) await this.#host.updateWriting(this.#id, changes);
      },
      stop: async () => {
        if (this.#writings.has(id)) await this.#host.stopWriting(this.#id);
      },
    };
  }

  readText(text: string, tensor: string, candidates = 5): Promise<TextReading> {
    return this.#host.readText(this.#id, text, tensor, candidates);
  }

  // ------------------------------------------------------------------------------------------------ network, keeping

  async replace(spec: Spec | string): Promise<string[]> {
    const { kept, snapshot } = await this.#host.replace(this.#id, specText(spec));
    this.#update(snapshot);
    this.#tell("network", this);
    this.#tell("options", this.options);
    return kept;
  }

  history(): Promise<History> {
    return this.#host.history(this.#id);
  }

  spectralRadii(): Promise<RecurrentRadius[]> {
    return this.#host.spectralRadii(this.#id);
  }

  async checkGradients(options: GradientCheckOptions = {}): Promise<readonly GradientCheckRow[]> {
    const recording = await this.#host.record(this.#id);
    const { checkGradients } = await import("./gradient-check");
    return checkGradients(recording, options);
  }

  save(): Promise<Uint8Array> {
    return this.#host.save(this.#id);
  }

  async load(file: Uint8Array): Promise<LoadedData> {
    const { found, snapshot } = await this.#host.load(this.#id, file);
    this.#update(snapshot);
    this.#tell("network", this);
    this.#tell("options", this.options);
    this.#tell("reset", this);
    return found;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.sessionClosed();
    this.#forget();
    await this.#session.host.closeModel(this.#id);
  }

  /** Ends what listens or waits. */
  sessionClosed(): void {
    this.#closed = true;
    for (const close of this.#closing) close();
    this.#watches.clear();
    for (const { text, end } of this.#writings.values()) end(text);
    this.#writings.clear();
  }

  /** More of a text that the host writes. */
  written(id: number, more: string, ended: boolean): void {
    const writing = this.#writings.get(id);
    if (!writing) return;
    writing.text += more;
    if (more) writing.onText(more);
    if (!ended) return;
    this.#writings.delete(id);
    writing.end(writing.text);
  }

  /** What the host tells of this model. */
  receive({ state, tick, frames }: ModelEvent): void {
    for (const [watch, frame] of frames) this.#watches.get(watch)?.(frame);
    this.#update({ ...this.#snapshot, state, ...(tick ? { step: tick.step, epoch: tick.epoch } : {}) });
    if (tick) this.#tell("tick", tick);
  }

  get #host(): SessionClient["host"] {
    if (this.#closed)
      throw new LivegradError("closed", "model", "The model is closed. Compile the network again.");
    return this.#session.host;
  }

  #update(snapshot: ModelSnapshot): void {
    const before = this.#snapshot.state;
    this.#snapshot = snapshot;
    if (snapshot.state !== before) this.#tell("state", snapshot.state);
  }

  #tell<E extends keyof ModelEvents>(event: E, detail: ModelEvents[E]): void {
    for (const listener of [...this.#listeners[event]]) listener(detail);
  }

  #validation(validate: TrainOptions["validate"]): RunRequest["validate"] {
    if (validate === false) return null;
    const wanted = validate ?? (this.options.hold_out > 0 ? {} : null);
    if (!wanted) return null;
    const {
      split = this.options.hold_out > 0 ? "validation" : "test",
      every = 1,
      examples = Infinity,
    } = wanted;
    if (!(every > 0))
      throw new LivegradError(
        "invalid_argument",
        "train",
        `validate.every is ${every}. Use a positive number of epochs.`,
      );
    return { split, every, examples };
  }
}
