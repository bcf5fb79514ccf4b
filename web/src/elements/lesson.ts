import { createSession } from "../api";
import type {
  Dataset,
  Evaluation,
  Model,
  Pictures,
  PixelData,
  Prediction,
  Session,
  Spec,
  Tick,
  TrainingSpec,
} from "../api";
import type { Claim } from "./claim";
import { type Arrival, type DataName, DataShelf, dataTitles, isPublished } from "./data-shelf";
import { dropoutOf } from "./dropout";
import { areDigits, fits, fitted, misfit } from "./fitting";
import { formatCount, plural } from "./format";
import { formatSpec } from "./format-spec";
import type { Limits } from "./goal";
import { type Brought, Learner, type Parts, withSeed } from "./learner";
import { type NetworkId, networkText } from "./networks";
import { sentence } from "./sentences";
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
  /** One that is there or on its way. */
  session?: Promise<Session> | undefined;
}

/** What a link may say besides: the network itself, settings, limits, what is hidden or locked; and what is wrong with it. */
export interface Link {
  text?: string;
  dropout?: number;
  options: TrainingSpec;
  limits: Limits;
  parts: Parts;
  /** What the lesson is said to have come to. */
  claim?: Claim | null;
  trouble: string;
}

/** Milliseconds that the trained network waits for data to learn from. */
const kPatience = 300;

/** What is learned from: data, and digits of the reader's own besides. */
interface Source {
  readonly name: DataName;
  readonly digits: Pictures | null;
}

/** What a page of pictures is about: networks of the ladder, digits, and what is looked at. */
export class Lesson extends Learner {
  override readonly examples = "Images";
  override readonly example = "One image";
  override readonly checked = "test sample";
  protected override readonly memory = 1000;
  protected override readonly sample = { split: "test", every: 0.1, examples: 500 } as const;
  dataset: Dataset | null = null;
  override net: NetworkName = "convnetjs-mnist";
  /** The network that is made ready to take its place. */
  choosing: NetworkName | null = null;
  dataName: DataName = "mnist";
  /** Data that the network on screen cannot take as it is, and why; null when there are none. */
  unfit: { readonly name: DataName; readonly why: string } | null = null;
  /** Digits of the reader's own that come besides, each so many times in a pass. */
  mixed: { readonly pictures: Pictures; readonly times: number } | null = null;
  /** Files dropped on the page that the panel of one's own pictures has not read yet. */
  brought: readonly Brought[] = [];
  /** What the link says that it comes to. */
  claim: Claim | null = null;
  /** What is looked at. */
  readonly view = new View(this);
  /** The run as it was on its way. */
  readonly snapshots = new Snapshots();
  /** The learning network as it was, while that is looked at. */
  past: Model | null = null;

  /** Every network that was on screen, as it was left. */
  #start!: () => void;
  readonly #started = new Promise<void>((resolve) => (this.#start = resolve));
  #begin!: () => void;
  /** The network on screen has its data, and learns if that was asked for. */
  readonly #begun = new Promise<void>((resolve) => (this.#begin = resolve));
  #trained: Promise<void> | null = null;
  #destination: Snapshot | null = null;
  #exact = false;
  /** Networks that have learned from data on their way. */
  readonly #early = new WeakSet<Model>();
  readonly #shown = new Map<string, { model: Model; text: string }>();
  #shelf: DataShelf | null = null;

  constructor() {
    super();
    this.view.on("change", () => this.changed());
  }

  protected override get hasData(): boolean {
    // What is held out is drawn from all of the data, and may not be learned from before they are there.
    return this.dataset !== null && !(this.arriving && this.#holdsOut);
  }
  get #holdsOut(): boolean {
    return (this.model?.options.hold_out ?? 0) > 0;
  }
  /** How far the data have come, while only the first of them are there. */
  get arriving(): Arrival | null {
    return (this.dataset && this.#shelf?.arrivals.get(this.dataset)) ?? null;
  }
  override get early(): boolean {
    return this.model !== null && this.#early.has(this.model);
  }
  override get passSize(): number {
    return (this.dataset?.size.training ?? 0) - (this.model?.options.hold_out ?? 0);
  }
  protected override get batchExamples(): number {
    return this.model?.options.batch ?? 1;
  }
  override get source(): Source {
    return { name: this.dataName, digits: this.mixed?.pictures ?? null };
  }
  /** That of the network as it came. */
  get ownDropout(): number {
    const text = this.net === "custom" ? this.text : networkText(this.net);
    return text ? dropoutOf(JSON.parse(text) as Spec) : 0;
  }
  get hasCustom(): boolean {
    return [...this.#shown.keys()].some((key) => key.startsWith("custom"));
  }
  /** A network has a form for each kind of pictures. */
  #key(net: NetworkName, dataset = this.dataset): string {
    return !dataset || areDigits(dataset) ? net : `${net} ${dataset.shape} ${dataset.classes.length}`;
  }

  async start(options: LessonOptions): Promise<void> {
    this.net = options.net;
    this.dataName = options.data;
    this.seed = options.seed;
    const link = await options.link;
    if (link) this.parts = link.parts;
    await this.attempt("session", async () => {
      const { exact, dataUrl } = options;
      this.#exact = exact;
      this.session = await (options.session ??
        createSession({
          exact,
          ...(dataUrl === undefined ? {} : { dataUrl }),
          ...(isPublished(options.data) ? { data: options.data } : {}),
        }));
      this.#shelf = new DataShelf(this.session);
      this.#start();
      await this.chooseNetwork(options.net);
      if (link) await this.#followLink(link);
      await this.chooseData(options.data, { fit: true });
    });
    this.#begin();
    this.say({ loading: null, runWhenReady: false });
  }

  /** What a link says beyond the name of a network; what is wrong with it is said, and the rest holds. */
  async #followLink({ text, dropout, options, limits, claim, trouble }: Link): Promise<void> {
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
    this.claim = claim ?? null;
    if (wrong) this.news.set("session", `${wrong} The rest of the link holds.`);
  }

  forgetClaim(): void {
    this.claim = null;
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

  /** The learning network becomes what it was then, and learns on from there exactly as it did. */
  goOnFrom(from: Snapshot | undefined): Promise<void> {
    return this.inTurn("time", async () => {
      const { model } = this;
      if (!model || !from) return;
      if (this.runs.always) await this.keepCurves();
      await model.load(from.file);
      this.news.set("time", `Gone back to step ${formatCount(from.step)}: learning goes on from there.`);
    });
  }

  protected override retexted(model: Model): void {
    this.snapshots.clear();
    this.#shown.set(this.#key(this.net), { model, text: this.text });
  }

  // Network and data.

  /** A network of the ladder, or one's own: as it was left, or new. */
  chooseNetwork(net: NetworkName): Promise<void> {
    this.choosing = net;
    this.changed();
    return this.inTurn("network", async () => {
      try {
        const known = this.#shown.get(this.#key(net));
        const text = known?.text ?? this.#shown.get(net)?.text ?? (net === "custom" ? "" : networkText(net));
        if (!this.session || !text) return;
        // The one on screen rests meanwhile, so that the other one comes at once.
        const goOn = this.model?.state === "running";
        const resting = goOn ? this.model!.pause() : null;
        try {
          const { model, text: fit } = known ?? (await this.#compile(text, this.dataset));
          if (this.dataset && model.dataset !== this.dataset) await model.data(this.dataset);
          await resting;
          await this.#show(net, model, fit);
        } finally {
          if (goOn) await this.run();
        }
      } finally {
        if (this.choosing === net) this.choosing = null;
      }
    });
  }

  /** The network as its text has it, or changed to fit the data. */
  async #compile(text: string, data: Dataset | null): Promise<{ model: Model; text: string }> {
    const model = await this.session!.compile(withSeed(text, this.seed));
    if (!data || fits(model, data)) return { model, text };
    await model.close();
    const changed = fitted(text, data);
    return { model: await this.session!.compile(withSeed(changed, this.seed)), text: changed };
  }

  protected override applied(model: Model): void {
    this.snapshots.clear();
    this.#shown.delete(this.#key(this.net));
    this.#keepAsCustom(model, this.text);
    this.net = "custom";
  }

  /** Learns from these digits too, from now on; null: no more. */
  async mixIn(pictures: Pictures | null): Promise<void> {
    this.mixed = pictures && { pictures, times: 1 };
    await this.chooseData(this.dataName);
  }

  /** Digits of one's own come often enough to be a twentieth of a pass, but none above 200 times. */
  async #withMixed(base: Dataset): Promise<Dataset> {
    if (!this.mixed || !areDigits(base)) return base;
    const { pictures } = this.mixed;
    const count = pictures.labels.length;
    const times = Math.min(200, Math.max(1, Math.round(base.size.training / 20 / count)));
    this.mixed = { pictures, times };
    const name = `${base.name} and ${plural(count, "digit")} of your own`;
    return this.session!.datasets.mixed(base, pictures, { name, times });
  }

  /** The reader's own pictures. */
  async openData(data: PixelData): Promise<void> {
    await this.attempt("data", async () => this.#shelf?.putOwn(data));
    if (!this.errors.has("data")) await this.chooseData("own");
  }

  /** Data that the network does not fit are offered as `unfit`, or with `fit` change the network. */
  chooseData(name: DataName, { fit = false } = {}): Promise<void> {
    return this.inTurn("data", async () => {
      this.news.delete("data");
      this.retries.delete("data");
      this.unfit = null;
      let dataset: Dataset;
      try {
        dataset = await this.#fetch(name);
      } catch (error) {
        const wanted = name;
        this.retries.set("data", () => this.chooseData(wanted, { fit }));
        if (this.dataset || name === "drawn") throw error;
        this.news.set("data", `${sentence(error)} These digits are drawn by the program instead.`);
        name = "drawn";
        dataset = await this.#fetch(name);
      }
      const before = this.dataset;
      dataset = await this.#withMixed(dataset);
      const { model, net, text } = this;
      const misfits = model !== null && !fits(model, dataset);
      const known = misfits ? this.#shown.get(this.#key(net, dataset)) : undefined;
      if (misfits && !fit && !known) {
        this.unfit = { name, why: misfit(model, dataset) };
        return;
      }
      const original = net === "custom" ? text : networkText(net);
      const changed = misfits ? (known ?? (await this.#compile(original, dataset))) : null;
      await (changed?.model ?? model)?.data(dataset);
      if (before !== dataset && !changed) this.noteChange();
      this.dataset = dataset;
      this.dataName = name;
      if (changed) await this.#show(net, changed.model, changed.text);
      // Who has pressed Run waits for the first step, and for pictures after it.
      if (this.runWhenReady) await this.run();
      await this.view.data(dataset);
      // Mixed data, and pictures that others have replaced, give their memory back.
      if (before && before !== dataset && !(await this.#shelf!.keeps(before))) await before.close();
    });
  }

  dismissUnfit(): void {
    this.unfit = null;
    this.changed();
  }

  /**
   * Resolves when the first piece is there: learning begins with it. Where bits are to be the same everywhere, where
   * examples are held out and where others are mixed in, when all are there.
   */
  async #fetch(name: DataName): Promise<Dataset> {
    const what = name === "drawn" ? "Drawing digits" : `Fetching ${dataTitles[name]}`;
    if (!this.#shelf!.has(name)) this.say({ loading: { what, done: 0, total: 0 } });
    const { first, whole } = this.#shelf!.get(name, ({ done, total, trouble }) =>
      this.say(this.loading ? { loading: { what: trouble ?? what, done, total } } : {}),
    );
    try {
      if (this.#exact || this.mixed || this.#holdsOut) return await whole;
      const dataset = await first;
      if (this.#shelf!.arrivals.has(dataset)) void this.#awaitRest(name, dataset, whole);
      return dataset;
    } finally {
      this.say({ loading: null });
    }
  }

  /** Sees data that are on their way to their end. */
  async #awaitRest(name: DataName, dataset: Dataset, whole: Promise<Dataset>): Promise<void> {
    await this.attempt("data", () => whole);
    if (dataset !== this.dataset) return;
    if (this.arriving)
      this.retries.set("data", async () => void (await this.attempt("data", () => this.#fetch(name))));
    else if (this.runWhenReady) await this.run();
    this.changed();
  }

  /** Puts a model on screen; if one was learning there, this one learns on in its place. */
  async #show(net: NetworkName, model: Model, text: string): Promise<void> {
    const goOn = this.model?.state === "running";
    if (goOn) await this.model!.pause();
    this.#shown.set(this.#key(net), { model, text });
    this.net = net;
    this.text = text;
    this.undo = null;
    this.news.delete("editor");
    this.follow(model);
    await this.view.refresh();
    if (goOn) await this.run();
  }

  /** There is one network of one's own at a time: the one before gives its memory back. */
  #keepAsCustom(model: Model, text: string): void {
    const key = this.#key("custom");
    const old = this.#shown.get(key)?.model;
    if (old && old !== model) void old.close();
    this.#shown.set(key, { model, text });
  }

  // Looking, testing, keeping.

  override async take(files: readonly Brought[]): Promise<void> {
    const [first] = files;
    if (files.length === 1 && /\.(safetensors|json)$/i.test(first!.path)) return super.take(files);
    if (this.locked("data")) return;
    this.brought = files;
    this.changed();
  }

  /** Fetches the network that was trained before, for those who show it. */
  openTrained(): Promise<void> {
    return (this.#trained ??= this.attempt("pad", async () => {
      const weights = this.view.fetchTrained();
      weights.catch(() => {}); // said below
      await this.#started;
      // Making it a network takes the worker's time, which the one that learns needs first.
      await Promise.race([this.#begun, new Promise((resolve) => setTimeout(resolve, kPatience))]);
      await this.view.loadTrained(await weights);
    }));
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

  /**
   * A checkpoint, or a network that ConvNetJS has saved as JSON, becomes the network of one's own; the one on screen stays
   * where it is on the ladder.
   */
  override open(name: string, file: Uint8Array): Promise<void> {
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

  override async takeUp(name: string, file: Uint8Array, { name: source, digits }: Source): Promise<void> {
    if (this.dataName !== source || this.mixed || digits) {
      this.mixed = digits && { pictures: digits, times: 1 };
      await this.chooseData(source, { fit: true });
    }
    // Learning goes on exactly with all of the data alone; what is wrong with them is said.
    while (this.dataName === source && this.arriving)
      await new Promise<void>((resolve) => {
        const stop = this.on("change", () => {
          stop();
          resolve();
        });
      });
    if (this.dataName !== source) return; // it says why
    await this.open(name, file);
  }

  /** Another network or start has no such past. */
  protected override restarted(model: Model): void {
    this.snapshots.reset(model);
    this.#early.delete(model);
    if (this.past) void this.travel(null);
  }

  protected override onTick(tick: Tick): void {
    const { model, snapshots } = this;
    if (model && tick.examples > 0 && this.arriving) this.#early.add(model);
    if (model && (snapshots.due || tick.state !== "running"))
      void this.quietly(async () => {
        if (await snapshots.take(model)) this.changed();
      });
    super.onTick(tick);
    if (this.view.stale) void this.quietly(() => this.view.refresh());
  }
}
