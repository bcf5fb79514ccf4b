import { createSession } from "../api";
import type {
  Dataset,
  Evaluation,
  Model,
  Prediction,
  Session,
  Spec,
  Tick,
  TrainingOptions,
  TrainingSpec,
} from "../api";
import { Attempts } from "./attempts";
import { dropoutOf, withDropout } from "./dropout";
import { type DataName, DataShelf } from "./data-shelf";
import { formatSpec } from "./format-spec";
import { formatCount } from "./format";
import { Goal, type Limits } from "./goal";
import { KeptRuns, type Run } from "./kept-runs";
import { type NetworkId, networkText } from "./networks";
import { keptSentence, sentence } from "./sentences";
import { optimizers } from "./settings-table";
import { type Snapshot, Snapshots } from "./snapshots";
import { View } from "./view";

/** One of the ladder, or one's own: edited, or from a file. */
export type NetworkName = NetworkId | "custom";

export interface LessonOptions {
  net: NetworkId;
  data: DataName;
  seed: number;
  exact: boolean;
  dataUrl: string | undefined;
  link?: Promise<Link> | undefined;
}

/** What a link may say besides: the network itself, settings, limits, what is hidden or locked; and what is wrong with it. */
export interface Link {
  text?: string;
  dropout?: number;
  options: TrainingSpec;
  limits: Limits;
  parts: Parts;
  trouble: string;
}

/** What a lesson hides or locks, by name; the rest is shown. */
export type Parts = ReadonlyMap<string, "hidden" | "locked">;

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
  /** Where learning stops by itself. */
  readonly goal = new Goal();
  readonly runs = new KeptRuns();
  /** The run as it was on its way. */
  readonly snapshots = new Snapshots();
  /** The learning network as it was, while that is looked at. */
  past: Model | null = null;
  parts: Parts = new Map();
  /** The weights before the last start over. */
  undo: { step: number; file: Uint8Array } | null = null;

  /** Every network that was on screen, as it was left. */
  #start!: () => void;
  readonly #started = new Promise<void>((resolve) => (this.#start = resolve));
  #trained: Promise<void> | null = null;
  #destination: Snapshot | null = null;
  readonly #shown = new Map<NetworkName, { model: Model; text: string }>();
  /** The settings with which a network came. */
  readonly #own = new WeakMap<Model, TrainingOptions>();
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
  /** That of the network as it came. */
  get ownDropout(): number {
    const text = this.net === "custom" ? this.text : networkText(this.net);
    return text ? dropoutOf(JSON.parse(text) as Spec) : 0;
  }
  /** Images learned from since the start. */
  get examplesSeen(): number {
    const { model, dataset } = this;
    return model && dataset ? Math.round(model.epoch * (dataset.size.training - model.options.hold_out)) : 0;
  }
  /** The largest share of units that a layer of the network silences while it learns. */
  get dropout(): number {
    return this.model ? dropoutOf(this.model.spec) : 0;
  }
  shows(part: string): boolean {
    return this.parts.get(part) !== "hidden";
  }
  /** Whether any of these is locked. */
  locked(...parts: string[]): boolean {
    return parts.some((part) => this.parts.has(part));
  }
  /** The settings with which the network on screen came. */
  get ownOptions(): TrainingOptions | null {
    return (this.model && this.#own.get(this.model)) ?? null;
  }
  get hasCustom(): boolean {
    return this.#shown.has("custom");
  }

  async start(options: LessonOptions): Promise<void> {
    this.net = options.net;
    this.dataName = options.data;
    this.seed = options.seed;
    const link = await options.link;
    if (link) this.parts = link.parts;
    await this.attempt("session", async () => {
      const { exact, dataUrl } = options;
      this.session = await createSession({ exact, ...(dataUrl === undefined ? {} : { dataUrl }) });
      this.#shelf = new DataShelf(this.session);
      this.#start();
      await this.chooseNetwork(options.net);
      if (link) await this.#followLink(link);
      await this.chooseData(options.data);
    });
    this.#say({ loading: null, runWhenReady: false });
  }

  /** What a link says beyond the name of a network; what is wrong with it is said, and the rest holds. */
  async #followLink({ text, dropout, options, limits, trouble }: Link): Promise<void> {
    let wrong = trouble;
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        wrong ||= `${what}: ${sentence(error)}`;
      }
    };
    if (text !== undefined)
      await attempt("The link's network does not work", async () => {
        const model = await this.session!.compile(withSeed(text, this.seed));
        this.#keepAsCustom(model, text);
        await this.#show("custom", model, text);
      });
    await attempt("The link's settings do not work", async () => this.model?.setOptions(options));
    if (dropout !== undefined && !wrong) await this.setDropout(dropout);
    this.goal.set(limits);
    if (wrong) this.news.set("session", `${wrong} The rest of the link holds.`);
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
    this.goal.start(this.examplesSeen);
    await this.attempt("training", () =>
      model.run({
        steps: Math.max(1, Math.ceil(this.goal.left(this.examplesSeen) / model.options.batch)),
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
      if (this.runs.always) await this.#keep();
      this.undo = model.step > 0 ? { step: model.step, file: await model.save() } : null;
      await model.startOver(seed);
      this.seed = seed;
    });
  }

  /** Keeps the curves of the run to compare others with. */
  keepRun(): Promise<void> {
    return this.inTurn("training", async () => {
      await this.#keep();
      this.changed();
    });
  }
  #keep(): Promise<void> {
    return this.runs.keep(this, (type) => optimizers[type as keyof typeof optimizers]);
  }
  forgetRun(run: Run): void {
    this.runs.forget(run);
    this.changed();
  }
  alwaysKeepRuns(always: boolean): void {
    this.runs.always = always;
    this.changed();
  }

  /** Shows the learning network as it was; null: as it is. It learns on meanwhile. */
  travel(to: Snapshot | null): Promise<void> {
    this.#destination = to;
    return this.inTurn("time", async () => {
      // A slider asks faster than networks load: only the last place counts.
      if (to !== this.#destination || !this.model || !this.session) return;
      if (to === null) {
        const { past } = this;
        this.past = null;
        await this.view.refresh();
        await past?.close();
        return;
      }
      const past = this.past ?? (await this.session.compile(this.model.spec));
      await past.load(to.file);
      if (this.dataset && past.dataset !== this.dataset) await past.data(this.dataset);
      this.past = past;
      await this.view.choose("learning");
    });
  }

  /** The learning network becomes what is looked at, and learns on from there exactly as it did. */
  goOnFromPast(): Promise<void> {
    return this.inTurn("time", async () => {
      const { model, past } = this;
      const from = this.snapshots.all.find(({ step }) => step === past?.step);
      if (!model || !past || !from) return;
      if (this.runs.always) await this.#keep();
      await model.load(from.file);
      this.news.set("time", `Gone back to step ${formatCount(from.step)}: learning goes on from there.`);
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
    // How many steps are left to a number of images depends on the batch.
    if (options.batch !== undefined && this.goal.limits.examples !== undefined) await this.#runOn();
  }

  /** Changes the share of units silenced while learning; every weight stays. */
  setDropout(share: number): Promise<void> {
    return this.inTurn("training", async () => {
      const { model } = this;
      if (!model) return;
      const spec = JSON.parse(this.text) as Spec;
      const changed = withDropout(spec, share);
      if (JSON.stringify(changed) === JSON.stringify(spec)) return;
      const text = formatSpec(changed);
      await model.replace(withoutTraining(text));
      this.snapshots.clear();
      this.text = text;
      this.#shown.set(this.net, { model, text });
    });
  }

  async setLimits(limits: Limits): Promise<void> {
    this.goal.set(limits);
    await this.#runOn();
    this.changed();
  }

  /** A run that is under way learns of its new limits. */
  async #runOn(): Promise<void> {
    if (this.model?.state === "running") await this.run();
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
      const sameTraining = trainingOf(text) === trainingOf(this.text);
      const kept = await model.replace(sameTraining ? withoutTraining(text) : withSeed(text, this.seed));
      this.snapshots.clear();
      if (!sameTraining) this.#own.set(model, model.options);
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
    if (!this.#own.has(model)) this.#own.set(model, model.options);
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

  /**
   * A checkpoint, or a network that ConvNetJS has saved as JSON, becomes the network of one's own; the one on screen stays
   * where it is on the ladder.
   */
  open(name: string, file: Uint8Array): Promise<void> {
    return this.inTurn("checkpoint", async () => {
      this.news.delete("checkpoint");
      const { session, dataset } = this;
      if (!session || !this.model || !dataset) return;
      const imported = /\.json$/i.test(name)
        ? await import("./convnetjs").then((module) => ({
            ...module.readConvNetJS(new TextDecoder().decode(file)),
            withWeights: module.withWeights,
          }))
        : null;
      const model = await session.compile(imported ? imported.spec : this.model.spec);
      try {
        await model.data(dataset);
        await model.load(imported ? imported.withWeights(await model.save(), imported.weights) : file);
      } catch (error) {
        await model.close();
        throw error;
      }
      const text = formatSpec(imported ? imported.spec : model.spec);
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
      this.goal.reset();
      this.snapshots.reset(model);
      this.#leavePast();
      this.tick = null;
      this.recent = null;
      this.emit("reset");
      this.#say({});
    };
    const say = (): void => this.#say({});
    this.#stopListening = [
      model.on("tick", (tick) => this.#onTick(tick)),
      model.on("state", (state) => {
        this.goal.clock(state === "running");
        this.#say({});
      }),
      model.on("options", say),
      model.on("network", say),
      model.on("reset", reset),
    ];
    this.goal.clock(model.state === "running");
    reset();
  }

  /** Another network or start has no such past. */
  #leavePast(): void {
    if (this.past) void this.travel(null);
  }

  #onTick(tick: Tick): void {
    this.tick = tick;
    const { model, snapshots } = this;
    if (model && (snapshots.due || tick.state !== "running"))
      void this.quietly(async () => {
        if (await snapshots.take(model)) this.changed();
      });
    if (this.goal.check(tick, this.examplesSeen, this.model?.options.batch ?? 1)) void this.pause();
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

/** Without settings of its own, a network takes over those in force. */
function withoutTraining(text: string): Spec {
  const { training: _, ...spec } = JSON.parse(text) as Spec;
  return spec;
}

function trainingOf(text: string): string {
  return JSON.stringify((JSON.parse(text) as Spec).training);
}
