import { createSession } from "../api";
import type { Dataset, Evaluation, Model, Prediction, Session, Spec, Tick, TrainingSpec } from "../api";
import { Attempts } from "./attempts";
import { type DataName, DataShelf } from "./data-shelf";
import { formatSpec } from "./format-spec";
import { type NetworkId, networkText } from "./networks";
import { keptSentence, sentence } from "./sentences";
import { View } from "./view";

/** One of the ladder, or one's own: edited, or from a file. */
export type NetworkName = NetworkId | "custom";

export interface LessonOptions {
  net: NetworkId;
  data: DataName;
  seed: number;
  exact: boolean;
  dataUrl: string | undefined;
}

/** Images of the test set tried while learning, where a network keeps none aside for validation. */
const kSample = 500;

/** What a page is about: one session, the network on screen, its data, and what went wrong. Elements read it and call it. */
export class Lesson extends Attempts {
  session: Session | null = null;
  model: Model | null = null;
  dataset: Dataset | null = null;
  net: NetworkName = "convnetjs-mnist";
  dataName: DataName = "mnist";
  seed = 1;
  /** The network as its author wrote it, for the editor. */
  text = "";
  /** What everybody waits for, in words; null when all is there. */
  loading: { what: string; done: number; total: number } | null = { what: "Starting", done: 0, total: 0 };
  /** Run was pressed before everything was there. */
  runWhenReady = false;
  tick: Tick | null = null;
  /** Moving averages over about the last thousand examples; null before the first. */
  recent: { loss: number; accuracy: number | null } | null = null;
  /** What is looked at. */
  readonly view = new View(this);
  /** The weights before the last start over. */
  undo: { step: number; file: Uint8Array } | null = null;

  /** Every network that was on screen, as it was left. */
  #start!: () => void;
  readonly #started = new Promise<void>((resolve) => (this.#start = resolve));
  #trained: Promise<void> | null = null;
  readonly #shown = new Map<NetworkName, { model: Model; text: string }>();
  #shelf: DataShelf | null = null;
  #stopListening: (() => void)[] = [];

  constructor() {
    super();
    this.view.on("change", () => this.changed());
  }

  get running(): boolean {
    return this.model?.state === "running" || this.runWhenReady;
  }
  /** Whether learning can be asked for. */
  get ready(): boolean {
    return this.model !== null && this.dataset !== null;
  }
  get hasCustom(): boolean {
    return this.#shown.has("custom");
  }

  async start(options: LessonOptions): Promise<void> {
    this.net = options.net;
    this.dataName = options.data;
    this.seed = options.seed;
    await this.attempt("session", async () => {
      const { exact, dataUrl } = options;
      this.session = await createSession({ exact, ...(dataUrl === undefined ? {} : { dataUrl }) });
      this.#shelf = new DataShelf(this.session);
      this.#start();
      await this.chooseNetwork(options.net);
      await this.chooseData(options.data);
    });
    this.#say({ loading: null, runWhenReady: false });
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
    this.session?.close();
    this.session = null;
    this.model = null;
  }

  // Learning.

  async run(): Promise<void> {
    const model = this.model;
    if (!model || !this.dataset) return this.#say({ runWhenReady: true });
    this.runWhenReady = false;
    const sample = { split: "test", every: 0.1, examples: kSample } as const;
    await this.attempt("training", () =>
      model.run({
        // A rate that falls to the end of its schedule has an end; the others go on until somebody pauses.
        endless: model.state === "finished" || model.options.schedule.type === "constant",
        ...(model.options.hold_out > 0 ? {} : { validate: sample }),
      }),
    );
  }

  async pause(): Promise<void> {
    this.#say({ runWhenReady: false });
    await this.attempt("training", async () => this.model?.pause());
  }

  /** Learning stands still meanwhile, and goes on after. */
  async whilePaused(work: () => Promise<void>): Promise<void> {
    const { model } = this;
    const goOn = model?.state === "running";
    if (goOn) await model.pause();
    try {
      await work();
    } finally {
      if (goOn && model === this.model) await this.run();
    }
  }

  async stepOnce(): Promise<void> {
    await this.attempt("training", async () => this.model?.stepOnce());
  }

  /** Forgets what was learned, but keeps it for undoStartOver(). */
  startOver(seed = this.seed): Promise<void> {
    return this.inTurn("training", async () => {
      const model = this.model;
      if (!model) return;
      this.undo = model.step > 0 ? { step: model.step, file: await model.save() } : null;
      await model.startOver(seed);
      this.seed = seed;
    });
  }

  undoStartOver(): Promise<void> {
    return this.inTurn("training", async () => {
      if (!this.undo) return;
      await this.model?.load(this.undo.file);
      this.undo = null;
    });
  }

  forgetUndo(): void {
    this.undo = null;
    this.#say({});
  }

  async setOptions(options: TrainingSpec): Promise<void> {
    await this.attempt("training", async () => this.model?.setOptions(options));
  }

  // Network and data.

  /** A network of the ladder, or one's own: as it was left, or new. */
  chooseNetwork(net: NetworkName): Promise<void> {
    return this.inTurn("network", async () => {
      const known = this.#shown.get(net);
      if (!this.session || (net === "custom" && !known)) return;
      const text = known?.text ?? networkText(net as NetworkId);
      const model = known?.model ?? (await this.session.compile(withSeed(text, this.seed)));
      if (this.dataset && model.dataset !== this.dataset) await model.data(this.dataset);
      await this.#show(net, model, text);
    });
  }

  /**
   * The network in the editor, in place of the one on screen; weights that fit stay. Settings changed by hand stay too,
   * unless the text's own training settings were edited.
   */
  applyNetwork(text: string): Promise<void> {
    return this.inTurn("editor", async () => {
      const { model } = this;
      if (!model) return;
      const { optimizer, batch } = model.options;
      const kept = await model.replace(withSeed(text, this.seed));
      if (trainingOf(text) === trainingOf(this.text)) await model.setOptions({ optimizer, batch });
      this.#shown.delete(this.net);
      this.#keepAsCustom(model, text);
      this.net = "custom";
      this.text = text;
      this.undo = null;
      this.news.set("editor", keptSentence(kept, model));
    });
  }

  chooseData(name: DataName): Promise<void> {
    return this.inTurn("data", async () => {
      this.news.delete("data");
      let dataset: Dataset;
      try {
        dataset = await this.#fetch(name);
      } catch (error) {
        if (this.dataset || name === "drawn") throw error;
        this.news.set("data", `${sentence(error)} These digits are drawn by the program instead.`);
        name = "drawn";
        dataset = await this.#fetch(name);
      }
      await this.model?.data(dataset);
      this.dataset = dataset;
      this.dataName = name;
      await this.view.data(dataset);
      if (this.runWhenReady) await this.run();
    });
  }

  async #fetch(name: DataName): Promise<Dataset> {
    const what = name === "mnist" ? "Fetching the MNIST digits" : "Drawing digits";
    if (!this.#shelf!.has(name)) this.#say({ loading: { what, done: 0, total: 0 } });
    try {
      return await this.#shelf!.get(name, {
        onProgress: (done, total) => this.#say({ loading: { what, done, total } }),
      });
    } finally {
      this.#say({ loading: null });
    }
  }

  /** Puts a model on screen; if one was learning there, this one learns on in its place. */
  async #show(net: NetworkName, model: Model, text: string): Promise<void> {
    const goOn = this.model?.state === "running";
    await this.model?.pause();
    this.#shown.set(net, { model, text });
    this.net = net;
    this.text = text;
    this.undo = null;
    this.news.delete("editor");
    this.#follow(model);
    await this.view.refresh();
    if (goOn) await this.run();
  }

  /** There is one network of one's own at a time: the one before gives its memory back. */
  #keepAsCustom(model: Model, text: string): void {
    const old = this.#shown.get("custom")?.model;
    if (old && old !== model) void old.close();
    this.#shown.set("custom", { model, text });
  }

  // Looking, testing, keeping.

  /** Fetches the network that was trained before, for those who show it. */
  openTrained(): Promise<void> {
    return (this.#trained ??= this.#started.then(() => this.attempt("pad", () => this.view.loadTrained())));
  }

  /** Answers of the network looked at for test images; none when it has just gone. */
  async predict(indices: readonly number[]): Promise<Prediction[]> {
    const { model } = this.view;
    if (!model?.dataset) return [];
    return model.predict(indices.map((index) => ({ split: "test", index })));
  }

  evaluate(
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<Evaluation | undefined> {
    return this.attempt("test", async () => this.view.model?.evaluate("test", { signal, onProgress }));
  }

  save(): Promise<Uint8Array | undefined> {
    return this.attempt("checkpoint", async () => this.model?.save());
  }

  /** A checkpoint becomes the network of one's own; the one on screen stays where it is on the ladder. */
  open(name: string, file: Uint8Array): Promise<void> {
    return this.inTurn("checkpoint", async () => {
      this.news.delete("checkpoint");
      if (!this.session || !this.model || !this.dataset) return;
      const model = await this.session.compile(this.model.spec);
      try {
        await model.data(this.dataset);
        await model.load(file);
      } catch (error) {
        await model.close();
        throw error;
      }
      const text = formatSpec(model.spec);
      this.#keepAsCustom(model, text);
      await this.#show("custom", model, text);
      this.seed = model.options.seed;
      this.news.set("checkpoint", `Opened ${name}: ${model.spec.name ?? "a network"} at step ${model.step}.`);
    });
  }

  // What the model tells.

  #follow(model: Model): void {
    for (const stop of this.#stopListening) stop();
    this.model = model;
    const reset = (): void => {
      this.tick = null;
      this.recent = null;
      this.emit("reset");
      this.#say({});
    };
    const say = (): void => this.#say({});
    this.#stopListening = [
      model.on("tick", (tick) => this.#onTick(tick)),
      model.on("state", say),
      model.on("options", say),
      model.on("network", say),
      model.on("reset", reset),
    ];
    reset();
  }

  #onTick(tick: Tick): void {
    this.tick = tick;
    if (tick.examples > 0) {
      const weight = this.recent ? Math.min(1, tick.examples / 1000) : 1;
      const old = this.recent ?? { loss: tick.loss, accuracy: tick.accuracy };
      const follow = (from: number, to: number): number => from + weight * (to - from);
      this.recent = {
        loss: follow(old.loss, tick.loss),
        accuracy: tick.accuracy === null ? null : follow(old.accuracy ?? tick.accuracy, tick.accuracy),
      };
    }
    this.emit("tick", tick);
    if (this.view.stale) void this.quietly(() => this.view.refresh());
  }

  #say(change: Partial<Pick<Lesson, "loading" | "runWhenReady">>): void {
    Object.assign(this, change);
    this.changed();
  }
}

function withSeed(text: string, seed: number): Spec {
  const spec = JSON.parse(text) as Spec;
  return { ...spec, training: { ...spec.training, seed } };
}

function trainingOf(text: string): string {
  return JSON.stringify((JSON.parse(text) as Spec).training);
}
