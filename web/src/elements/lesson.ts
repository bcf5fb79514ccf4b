import { createSession, LivegradError } from "../api";
import type { Dataset, Evaluation, Model, Prediction, Session, Spec, Tick, TrainingSpec } from "../api";
import { Emitter } from "./emitter";
import { formatSpec } from "./format-spec";
import { type NetworkId, networkText } from "./networks";

export type DataName = "mnist" | "drawn";

/** Where on the page an error belongs: beside what caused it. */
export type Place = "session" | "training" | "network" | "data" | "checkpoint" | "test";

export interface LessonOptions {
  net: NetworkId;
  data: DataName;
  seed: number;
  exact: boolean;
  dataUrl: string | undefined;
}

interface LessonEvents {
  /** Anything but learning itself: another network, state, setting, error. */
  change: void;
  tick: Tick;
  /** The curves are to be drawn from their start. */
  reset: void;
}

/** Images of the test set tried while learning, where a network keeps none aside for validation. */
const kSample = 500;

/** What a page is about: one session, the network on screen, its data, and what went wrong. Elements read it and call it. */
export class Lesson extends Emitter<LessonEvents> {
  session: Session | null = null;
  model: Model | null = null;
  dataset: Dataset | null = null;
  net: NetworkId | "custom" = "convnetjs-mnist";
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
  /** The test image that the layers show. */
  example = 0;
  /** The weights before the last start over. */
  undo: { step: number; file: Uint8Array } | null = null;
  /** What the last change of the network, the data or a file did, by place. */
  readonly news = new Map<Place, string>();
  readonly errors = new Map<Place, LivegradError>();

  #models = new Map<NetworkId, { model: Model; text: string }>();
  #datasets = new Map<DataName, Promise<Dataset>>();
  #stopListening: (() => void)[] = [];

  get running(): boolean {
    return this.model?.state === "running" || this.runWhenReady;
  }
  /** Whether learning can be asked for. */
  get ready(): boolean {
    return this.model !== null && this.dataset !== null;
  }

  async start(options: LessonOptions): Promise<void> {
    this.net = options.net;
    this.dataName = options.data;
    this.seed = options.seed;
    await this.attempt("session", async () => {
      this.session = await createSession({
        exact: options.exact,
        ...(options.dataUrl === undefined ? {} : { dataUrl: options.dataUrl }),
      });
      await this.chooseNetwork(options.net);
      await this.chooseData(options.data);
    });
    if (!this.ready) this.#say({ loading: null, runWhenReady: false });
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
    this.session?.close();
    this.session = null;
    this.model = null;
  }

  // -------------------------------------------------------------------------------------------------------- learning

  async run(): Promise<void> {
    const model = this.model;
    if (!model || !this.dataset) return this.#say({ runWhenReady: true });
    await this.attempt("training", () =>
      model.run({
        // A rate that falls to the end of its schedule has an end; the others go on until somebody pauses.
        endless: model.state === "finished" || model.options.schedule.type === "constant",
        ...(model.options.hold_out > 0
          ? {}
          : { validate: { split: "test", every: 0.1, examples: kSample } as const }),
      }),
    );
  }

  async pause(): Promise<void> {
    this.#say({ runWhenReady: false });
    await this.attempt("training", async () => this.model?.pause());
  }

  async stepOnce(): Promise<void> {
    await this.attempt("training", async () => this.model?.stepOnce());
  }

  /** Forgets what was learned, but keeps it for undoStartOver(). */
  async startOver(seed = this.seed): Promise<void> {
    const model = this.model;
    if (!model) return;
    await this.attempt("training", async () => {
      this.undo = model.step > 0 ? { step: model.step, file: await model.save() } : null;
      await model.startOver(seed);
      this.seed = seed;
    });
  }

  async undoStartOver(): Promise<void> {
    const undo = this.undo;
    if (!undo || !this.model) return;
    await this.attempt("training", async () => {
      await this.model?.load(undo.file);
      this.undo = null;
    });
  }

  async setOptions(options: TrainingSpec): Promise<void> {
    await this.attempt("training", async () => this.model?.setOptions(options));
  }

  // --------------------------------------------------------------------------------------------------- network, data

  /** A network of the ladder: as it was left, or new. */
  async chooseNetwork(net: NetworkId): Promise<void> {
    await this.attempt("network", async () => {
      if (!this.session) return;
      const known = this.#models.get(net);
      const text = known?.text ?? networkText(net);
      const model =
        known?.model ?? (await this.session.compile(withSeed(JSON.parse(text) as Spec, this.seed)));
      if (this.dataset && model.dataset !== this.dataset) await model.data(this.dataset);
      const goOn = this.running;
      await this.model?.pause();
      this.#models.set(net, { model, text });
      this.net = net;
      this.text = text;
      this.undo = null;
      this.news.delete("network");
      this.#follow(model);
      await this.look(this.example);
      if (goOn && this.dataset) await this.run();
    });
  }

  /**
   * The network in the editor, in place of the one on screen; weights that fit stay. Settings changed by hand stay too, unless
   * the text's own training settings were edited.
   */
  async applyNetwork(text: string): Promise<void> {
    const { model } = this;
    if (!model) return;
    const spec = JSON.parse(text) as Spec;
    const sameTraining =
      JSON.stringify(spec.training) === JSON.stringify((JSON.parse(this.text) as Spec).training);
    const { optimizer, batch } = model.options;
    const kept = await model.replace(withSeed(spec, this.seed));
    if (sameTraining) await model.setOptions({ optimizer, batch });
    this.text = text;
    if (this.net !== "custom") this.#models.delete(this.net);
    this.net = "custom";
    this.errors.delete("network");
    this.news.set("network", keptSentence(kept, model));
    this.#say({});
  }

  async chooseData(name: DataName): Promise<void> {
    const had = this.dataset;
    await this.attempt("data", async () => {
      this.news.delete("data");
      try {
        this.dataset = await this.#load(name);
      } catch (error) {
        if (had || name === "drawn") throw error;
        this.news.set("data", `${sentence(error)} These digits are drawn by the program instead.`);
        name = "drawn";
        this.dataset = await this.#load(name);
      }
      this.dataName = name;
      await this.model?.data(this.dataset);
      await this.look(this.example);
    });
    const run = this.runWhenReady && this.ready;
    this.#say({ loading: null, runWhenReady: false });
    if (run) await this.run();
  }

  #load(name: DataName): Promise<Dataset> {
    const session = this.session;
    if (!session)
      return Promise.reject(new LivegradError("closed", "", "The session is closed. Reload the page."));
    const what = name === "mnist" ? "Fetching the MNIST digits" : "Drawing digits";
    const known = this.#datasets.get(name);
    if (known) return known;
    this.#say({ loading: { what, done: 0, total: 0 } });
    const loaded =
      name === "mnist"
        ? session.datasets.mnist({
            onProgress: (done, total) => this.#say({ loading: { what, done, total } }),
          })
        : session.datasets.drawn();
    this.#datasets.set(name, loaded);
    loaded.catch(() => this.#datasets.delete(name));
    return loaded;
  }

  // -------------------------------------------------------------------------------------------------- testing, keeping

  evaluate(
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<Evaluation | undefined> {
    return this.attempt("test", async () => this.model?.evaluate("test", { signal, onProgress }));
  }

  /** Answers for test images; nothing when the model has just gone. */
  async predict(indices: readonly number[]): Promise<Prediction[]> {
    const model = this.model;
    if (!model?.dataset) return [];
    return model.predict(indices.map((index) => ({ split: "test", index })));
  }

  /** Shows the layers for this test image. */
  async look(index: number): Promise<void> {
    const size = this.dataset?.size.test ?? 0;
    if (!this.model || size === 0) return;
    this.example = (index + size) % size;
    await this.attempt("network", async () => this.model?.look({ split: "test", index: this.example }));
  }

  save(): Promise<Uint8Array | undefined> {
    return this.attempt("checkpoint", async () => this.model?.save());
  }

  async open(name: string, file: Uint8Array): Promise<void> {
    await this.attempt("checkpoint", async () => {
      this.news.delete("checkpoint");
      const model = this.model;
      if (!model) return;
      await model.load(file);
      if (this.net !== "custom") this.#models.delete(this.net);
      this.net = "custom";
      this.seed = model.options.seed;
      this.text = formatSpec(model.spec);
      this.undo = null;
      this.news.set("checkpoint", `Opened ${name}: ${model.spec.name ?? "a network"} at step ${model.step}.`);
    });
  }

  // ----------------------------------------------------------------------------------------------------------- errors

  /** Does it, and shows what goes wrong in its place until the next attempt there succeeds or the reader closes it. */
  async attempt<T>(place: Place, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.errors.delete(place);
      return result;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return undefined;
      this.errors.set(place, asLivegradError(error));
      return undefined;
    } finally {
      this.#say({});
    }
  }

  dismiss(place: Place): void {
    this.errors.delete(place);
    this.news.delete(place);
    this.#say({});
  }

  #follow(model: Model): void {
    for (const stop of this.#stopListening) stop();
    this.model = model;
    this.tick = null;
    this.recent = null;
    this.#stopListening = [
      model.on("tick", (tick) => this.#onTick(tick)),
      model.on("state", () => this.#say({})),
      model.on("options", () => this.#say({})),
      model.on("network", () => this.#say({})),
      model.on("reset", () => {
        this.tick = null;
        this.recent = null;
        this.emit("reset");
        this.#say({});
      }),
    ];
    this.emit("reset");
    this.#say({});
  }

  #onTick(tick: Tick): void {
    this.tick = tick;
    if (tick.examples > 0) {
      const weight = this.recent ? Math.min(1, tick.examples / 1000) : 1;
      const old = this.recent ?? { loss: tick.loss, accuracy: tick.accuracy };
      this.recent = {
        loss: old.loss + weight * (tick.loss - old.loss),
        accuracy:
          tick.accuracy === null
            ? null
            : (old.accuracy ?? 0) + weight * (tick.accuracy - (old.accuracy ?? 0)),
      };
    }
    this.emit("tick", tick);
  }

  #say(change: Partial<Pick<Lesson, "loading" | "runWhenReady">>): void {
    Object.assign(this, change);
    this.emit("change");
  }
}

function withSeed(spec: Spec, seed: number): Spec {
  return { ...spec, training: { ...spec.training, seed } };
}

function keptSentence(kept: readonly string[], model: Model): string {
  const all = model.tensors.filter((tensor) => tensor.kind === "parameter").map((tensor) => tensor.name);
  const fresh = all.filter((name) => !kept.includes(name));
  if (fresh.length === 0) return "All weights were kept.";
  if (kept.length === 0) return "No weights fitted: the network starts from new ones.";
  return `Kept ${layersOf(kept)}. New: ${layersOf(fresh)}.`;
}

function layersOf(parameters: readonly string[]): string {
  return new Intl.ListFormat("en").format(
    new Set(parameters.map((name) => name.slice(0, name.lastIndexOf(".")))),
  );
}

function asLivegradError(error: unknown): LivegradError {
  return error instanceof LivegradError ? error : new LivegradError("internal", "", sentence(error));
}

/** What to tell the reader about anything that was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof LivegradError) return error.text;
  return error instanceof Error ? error.message : String(error);
}
