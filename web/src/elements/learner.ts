import type { Model, Session, Spec, Tick, TrainingOptions, TrainingSpec, TrainOptions } from "../api";
import { Attempts } from "./attempts";
import { dropoutOf, withDropout } from "./dropout";
import { formatSpec } from "./format-spec";
import { Goal, type Limits } from "./goal";
import { KeptRuns, type Run } from "./kept-runs";
import { keptSentence } from "./sentences";
import { optimizers } from "./settings-table";

/** What a page hides or locks, by name; the rest is shown. */
export type Parts = ReadonlyMap<string, "hidden" | "locked">;

/** A file that was chosen or dropped; of a folder, with the way to it. */
export interface Brought {
  readonly path: string;
  readonly file: File;
}

/** What all pages are about: one session, the network on screen, how it learns, and what went wrong. Elements read it and call it. */
export abstract class Learner extends Attempts {
  session: Session | null = null;
  model: Model | null = null;
  /** A short name of the network on screen: file names have it. */
  abstract net: string;
  seed = 1;
  /** The network as its author wrote it, for the editor. */
  text = "";
  /** What everybody waits for, in words; null when all is there. */
  loading: { what: string; done: number; total: number } | null = { what: "Starting", done: 0, total: 0 };
  /** Run was pressed before everything was there. */
  runWhenReady = false;
  tick: Tick | null = null;
  /** Moving averages over about the last `memory` examples; null before the first. */
  recent: { loss: number; accuracy: number | null } | null = null;
  /** The weights before the last start over. */
  undo: { step: number; file: Uint8Array } | null = null;
  /** Where learning stops by itself. */
  readonly goal = new Goal();
  readonly runs = new KeptRuns();
  parts: Parts = new Map();
  /** The settings with which a network came. */
  readonly #own = new WeakMap<Model, TrainingOptions>();
  /** Networks whose run something else than learning has changed. */
  readonly #changed = new WeakSet<Model>();
  #stopListening: (() => void)[] = [];

  /** What examples are called. */
  abstract readonly examples: string;
  /** And one of them. */
  abstract readonly example: string;
  /** What is checked on the way when nothing is kept aside for validation. */
  abstract readonly checked: string;
  /** Examples that the moving averages look back on. */
  protected abstract readonly memory: number;
  /** How that is checked. */
  protected abstract readonly sample: TrainOptions["validate"];
  /** Whether there is something to learn from. */
  protected abstract readonly hasData: boolean;
  /** Examples of a pass over the data. */
  abstract readonly passSize: number;
  /** Examples of a step. */
  protected abstract readonly batchExamples: number;
  /** Whether it has learned before all of its data were there: such a run depends on when they came. */
  get early(): boolean {
    return false;
  }
  /** What is learned from, in a form that storage can keep. */
  abstract readonly source: unknown;

  /** A checkpoint becomes the network on screen. */
  abstract open(name: string, file: Uint8Array): Promise<void>;
  /** The same, and learning goes on with what `source` was when the checkpoint was made. */
  abstract takeUp(name: string, file: Uint8Array, source: unknown): Promise<void>;
  /** The network of applyNetwork() is on screen. */
  protected abstract applied(model: Model): void;
  /** The text of the network on screen has changed; it is the same network. */
  protected abstract retexted(model: Model): void;

  /** Whether the run on screen is another than its network, data, seed and settings alone would give. */
  get changedOnItsWay(): boolean {
    return this.early || (this.model !== null && this.#changed.has(this.model));
  }
  /** Something else than learning has changed the run on screen. */
  protected noteChange(): void {
    const { model } = this;
    if (model && model.step > 0) this.#changed.add(model);
  }

  get running(): boolean {
    return this.model?.state === "running" || this.runWhenReady;
  }
  /** Whether learning can be asked for. */
  get ready(): boolean {
    return this.model !== null && this.hasData;
  }

  /** Examples learned from since the start. */
  get examplesSeen(): number {
    return Math.round((this.model?.epoch ?? 0) * this.passSize);
  }
  /** The settings with which the network on screen came. */
  get ownOptions(): TrainingOptions | null {
    return (this.model && this.#own.get(this.model)) ?? null;
  }
  shows(part: string): boolean {
    return this.parts.get(part) !== "hidden";
  }
  /** Whether any of these is locked. */
  locked(...parts: string[]): boolean {
    return parts.some((part) => this.parts.has(part));
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
    this.session?.close();
    this.session = null;
    this.model = null;
  }

  async run(): Promise<void> {
    const model = this.model;
    if (!model || !this.hasData) return this.say({ runWhenReady: true });
    this.runWhenReady = false;
    this.goal.start(this.examplesSeen);
    await this.attempt("training", () =>
      model.run({
        steps: Math.max(1, Math.ceil(this.goal.left(this.examplesSeen) / this.batchExamples)),
        // A rate that falls to the end of its schedule has an end; the others go on until somebody pauses.
        endless: model.state === "finished" || model.options.schedule.type === "constant",
        ...(model.options.hold_out > 0 ? {} : { validate: this.sample }),
      }),
    );
  }

  async pause(): Promise<void> {
    this.say({ runWhenReady: false });
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
      const { step } = model;
      // Asked for together, since the worker answers in order: the new start need not wait for what is kept.
      const curves = this.runs.always ? this.keepCurves() : null;
      const saved = step > 0 ? model.save() : null;
      const [file] = await Promise.all([saved, curves, model.startOver(seed)]);
      this.seed = seed;
      this.undo = file && { step, file };
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
    this.say({});
  }

  /** Keeps the curves of the run to compare others with. */
  keepRun(): Promise<void> {
    return this.inTurn("training", async () => {
      await this.keepCurves();
      this.changed();
    });
  }
  protected keepCurves(): Promise<void> {
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

  async setOptions(options: TrainingSpec): Promise<void> {
    await this.attempt("training", async () => this.model?.setOptions(options));
    // How many steps are left to a number of examples depends on the batch.
    if (options.batch !== undefined && this.goal.limits.examples !== undefined) await this.#runOn();
  }

  /** The largest share of units that a layer of the network silences while it learns. */
  get dropout(): number {
    return this.model ? dropoutOf(this.model.spec) : 0;
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
      this.text = text;
      this.retexted(model);
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
      if (!sameTraining) this.#own.set(model, model.options);
      this.text = text;
      this.undo = null;
      this.applied(model);
      this.news.set("editor", keptSentence(kept, model));
    });
  }

  /** Files dropped on the page. */
  async take([first]: readonly Brought[]): Promise<void> {
    if (first) await this.open(first.path, new Uint8Array(await first.file.arrayBuffer()));
  }

  save(): Promise<Uint8Array | undefined> {
    return this.attempt("checkpoint", async () => this.model?.save());
  }

  /** Puts a model on screen. */
  protected follow(model: Model): void {
    for (const stop of this.#stopListening) stop();
    this.model = model;
    if (!this.#own.has(model)) {
      this.#own.set(model, model.options);
      this.noteChange(); // one that comes from a file
    }
    const reset = (): void => {
      this.goal.reset();
      this.restarted(model);
      this.tick = null;
      this.recent = null;
      this.emit("reset");
      this.say({});
    };
    const change = (): void => {
      this.noteChange();
      this.say({});
    };
    this.#stopListening = [
      model.on("tick", (tick) => this.onTick(tick)),
      model.on("state", (state) => {
        this.goal.clock(state === "running");
        this.say({});
      }),
      model.on("options", change),
      model.on("network", change),
      model.on("reset", () => {
        this.#changed.delete(model);
        this.noteChange(); // weights of a file
        reset();
      }),
    ];
    this.goal.clock(model.state === "running");
    reset();
  }

  /** Another network is on screen, or the one there has started anew. */
  protected restarted(_model: Model): void {}

  protected onTick(tick: Tick): void {
    this.tick = tick;
    if (this.goal.check(tick, this.examplesSeen, this.batchExamples)) void this.pause();
    if (tick.examples > 0) {
      const weight = this.recent ? Math.min(1, tick.examples / this.memory) : 1;
      const old = this.recent ?? { loss: tick.loss, accuracy: tick.accuracy };
      const follow = (from: number, to: number): number => from + weight * (to - from);
      this.recent = {
        loss: follow(old.loss, tick.loss),
        accuracy: tick.accuracy === null ? null : follow(old.accuracy ?? tick.accuracy, tick.accuracy),
      };
    }
    this.emit("tick", tick);
  }

  protected say(change: Partial<Pick<Learner, "loading" | "runWhenReady">>): void {
    Object.assign(this, change);
    this.changed();
  }
}

export function withSeed(text: string, seed: number): Spec {
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
