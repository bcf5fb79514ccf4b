import { createSession, LivegradError } from "../api";
import type { Language, LoadedData, Model, TextData, TextOptions, Tick } from "../api";
import trainedUrl from "../../models/char-shakespeare.safetensors?url";
import { formatSpec } from "./format-spec";
import { Learner, type Parts, withSeed } from "./learner";
import { sentence } from "./sentences";
import { idOf, parseId, specOf, type TextNetwork, usual } from "./text-networks";

/** What is learned from. */
export type TextSource =
  | { readonly kind: "shakespeare" }
  | { readonly kind: "language"; readonly name: string }
  | { readonly kind: "own"; readonly name: string; readonly text: string };

export interface TextLessonOptions {
  /** "lstm-1x128" */
  net: string | null;
  /** "shakespeare", or a language. */
  text: string | null;
  seed: number;
  exact: boolean;
  dataUrl: string | undefined;
}

/** How learning goes on from the trained weights: gently, and their file holds no optimiser. */
const kGoOn = { optimizer: { type: "adam", rate: 0.001, clip_norm: 1 }, schedule: "constant" } as const;

/** Networks that are kept as they were left. */
const kKept = 6;
/** When Shakespeare does not lie beside the page. */
const kFallback: TextSource = { kind: "language", name: "sentences" };

/** What a page of texts is about: a text, and a recurrent network that learns to write like it. */
export class TextLesson extends Learner {
  override readonly examples = "Characters";
  override readonly example = "One character";
  override readonly checked = "held out";
  protected override readonly memory = 20_000;
  protected override readonly sample = { split: "test", every: 0.1, examples: 10_000 } as const;
  override net = idOf(usual);
  /** What the page's choices stand at; the network on screen may be another, edited or from a file. */
  choice: TextNetwork = usual;
  override source: TextSource = { kind: "shakespeare" };
  textData: TextData | null = null;
  languages: readonly Language[] = [];
  /** The last loss of text that is held out; null before the first. */
  heldOut: { loss: number; characters: number } | null = null;

  /** Texts are no pictures, and their networks come with the dropout that they need. */
  override parts: Parts = new Map([
    ["augmentation", "hidden"],
    ["dropout", "hidden"],
  ]);

  /** The newest sample, for those who look into how it came about. */
  written = "";

  readonly #kept = new Map<string, { model: Model; text: string }>();

  protected override get hasData(): boolean {
    return this.model?.textData != null;
  }
  override get passSize(): number {
    return this.model?.passSize ?? 0;
  }
  protected override get batchExamples(): number {
    const { options, spec } = this.model!;
    return options.batch * (spec.input as { sequence: number }).sequence;
  }
  /** The language whose rules the text keeps; null when it has none. */
  get language(): string | null {
    return this.source.kind === "language" ? this.source.name : null;
  }

  async start({ net, text, seed, exact, dataUrl }: TextLessonOptions): Promise<void> {
    this.choice = parseId(net) ?? usual;
    this.net = idOf(this.choice);
    this.seed = seed;
    if (text !== null && text !== "shakespeare") this.source = { kind: "language", name: text };
    await this.attempt("session", async () => {
      this.session = await createSession({
        exact,
        ...(dataUrl === undefined ? {} : { dataUrl }),
        ...(this.source.kind === "shakespeare" ? { data: "text" } : {}),
      });
      this.languages = await this.session.texts.languages();
    });
    if (this.session) await this.chooseText(this.source);
    this.say({ loading: null, runWhenReady: false });
  }

  /** Another text: a network for it, as it was left or new. */
  chooseText(source: TextSource): Promise<void> {
    return this.inTurn("data", async () => {
      this.news.delete("data");
      if (await this.#goOnWith(source)) return;
      let text: TextData;
      try {
        text = await this.#fetch(source);
      } catch (error) {
        if (this.textData) throw error;
        this.news.set("data", `${sentence(error)} It learns from sentences that the program writes instead.`);
        source = kFallback;
        text = await this.#fetch(source);
      }
      await this.#compile(source, text);
      if (this.runWhenReady) await this.run();
    });
  }

  /** Gives a network of one's own another text, where its vocabulary has all the characters: its weights stay. */
  async #goOnWith(source: TextSource): Promise<boolean> {
    const { model } = this;
    if (this.net !== "custom" || !model) return false;
    const text = await this.#fetch(source, { vocabulary: model.vocabulary }).catch(() => null);
    if (!text) return false;
    await model.data(text);
    this.source = source;
    this.textData = text;
    this.heldOut = null;
    this.news.set("data", "It goes on with the weights that it has: the text has no other characters.");
    if (this.runWhenReady) await this.run();
    return true;
  }

  /** Another network for the text on screen, as it was left or new. */
  chooseNetwork(choice: TextNetwork): Promise<void> {
    return this.inTurn("network", async () => {
      if (!this.textData) return;
      const before = this.choice;
      this.choice = choice;
      try {
        await this.#compile(this.source, this.textData);
      } catch (error) {
        this.choice = before;
        throw error;
      }
    });
  }

  /** The network that was trained before, on Shakespeare. */
  openTrained(): Promise<void> {
    return this.inTurn("network", async () => {
      const response = await fetch(trainedUrl).catch(() => null);
      if (!response?.ok)
        throw new LivegradError(
          "not_found",
          "",
          "The trained network did not arrive. Load the page again to retry.",
        );
      await this.#load(new Uint8Array(await response.arrayBuffer()));
      await this.model?.setOptions(kGoOn);
    });
  }

  /** A checkpoint; any other file is a text to learn from. */
  override async open(name: string, file: Uint8Array): Promise<void> {
    if (!name.endsWith(".safetensors")) return this.openText(name, file);
    await this.#open(name, file);
  }

  /** A text from a file; what is no UTF-8 is refused with the place of the first byte that is none. */
  openText(name: string, file: Uint8Array): Promise<void> {
    return this.inTurn("data", async () => {
      this.news.delete("data");
      if (!this.session) return;
      const text = await this.session.texts.own(file, { name });
      // Kept as text: storage and other vocabularies want it again.
      const source = { kind: "own", name, text: new TextDecoder().decode(file) } as const;
      if (!(await this.#goOnWith(source))) await this.#compile(source, text);
    });
  }

  override async takeUp(name: string, file: Uint8Array, source: TextSource): Promise<void> {
    await this.#open(name, file, source);
  }

  protected override applied(model: Model): void {
    for (const [key, kept] of this.#kept) if (kept.model === model) this.#kept.delete(key);
    this.net = "custom";
  }

  protected override retexted(model: Model): void {
    for (const kept of this.#kept.values()) if (kept.model === model) kept.text = this.text;
  }

  protected override onTick(tick: Tick): void {
    if (tick.validation) this.heldOut = { loss: tick.validation.loss, characters: this.sample.examples };
    super.onTick(tick);
  }

  /** The loss of all the text that is held out. */
  async scoreHeldOut(signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<void> {
    await this.attempt("test", async () => {
      const evaluation = await this.model?.evaluate("test", { signal, onProgress });
      if (evaluation) this.heldOut = { loss: evaluation.loss, characters: evaluation.examples };
    });
  }

  #open(name: string, file: Uint8Array, source?: TextSource): Promise<void> {
    return this.inTurn("checkpoint", async () => {
      this.news.delete("checkpoint");
      const goesOn = await this.#load(file, source);
      const { model } = this;
      this.news.set(
        "checkpoint",
        `Opened ${name}: ${model?.spec.name ?? "a network"} at step ${model?.step}. ${goesOn}`.trim(),
      );
    });
  }

  /** Puts a checkpoint on screen with the text that it was learning from. Gives what to say of the text. */
  async #load(file: Uint8Array, source?: TextSource): Promise<string> {
    if (!this.session || !this.model) return "";
    const model = await this.session.compile(this.model.spec);
    let goesOn: string;
    try {
      const found = await model.load(file);
      if (model.vocabulary === "")
        throw new LivegradError(
          "invalid_checkpoint",
          "",
          "The network in the file has not learned from a text. Open it on the page of the MNIST playground.",
        );
      goesOn = await this.#giveText(model, found, source);
    } catch (error) {
      await model.close();
      throw error;
    }
    this.net = "custom";
    this.seed = model.options.seed;
    await this.#show(model, formatSpec(model.spec));
    return goesOn;
  }

  /** The text of a checkpoint where it is to be had, else the one on screen in the checkpoint's vocabulary. */
  async #giveText(model: Model, { name }: LoadedData, source?: TextSource): Promise<string> {
    const known: TextSource | null =
      source ??
      (name === "tinyshakespeare"
        ? { kind: "shakespeare" }
        : this.languages.some((language) => language.name === name)
          ? { kind: "language", name }
          : null);
    const { vocabulary } = model;
    for (const candidate of known ? [known, this.source] : [this.source]) {
      try {
        const text = await this.#fetch(candidate, { vocabulary });
        await model.data(text);
        this.source = candidate;
        this.textData = text;
        return candidate === known ? "" : `It goes on with ${text.name}.`;
      } catch {
        // The next one.
      }
    }
    return `It can write; to learn on it needs a text of its own ${[...vocabulary].length} characters${name ? `, such as ${name}` : ""}.`;
  }

  async #fetch(source: TextSource, options: TextOptions = {}): Promise<TextData> {
    const { texts } = this.session!;
    const what = source.kind === "shakespeare" ? "Fetching Shakespeare" : "Reading the text";
    this.say({ loading: { what, done: 0, total: 0 } });
    try {
      if (source.kind === "language") return await texts.made(source.name, options);
      if (source.kind === "own") return await texts.own(source.text, { ...options, name: source.name });
      return await texts.shakespeare({
        ...options,
        onProgress: (done, total) => this.say({ loading: { what, done, total } }),
      });
    } finally {
      this.say({ loading: null });
    }
  }

  /** The chosen network for a text, as it was left or new. */
  async #compile(source: TextSource, data: TextData): Promise<void> {
    const key = `${keyOf(source)} ${idOf(this.choice)}`;
    const kept = source.kind === "own" ? undefined : this.#kept.get(key);
    const symbols = [...data.vocabulary].length;
    const text = kept?.text ?? formatSpec(specOf(this.choice, symbols));
    const model = kept?.model ?? (await this.session!.compile(withSeed(text, this.seed), data));
    this.source = source;
    this.textData = data;
    this.net = idOf(this.choice);
    await this.#show(model, text);
    this.#keep(key, model, text);
  }

  #keep(key: string, model: Model, text: string): void {
    this.#kept.delete(key);
    this.#kept.set(key, { model, text });
    const [oldest] = this.#kept;
    if (this.#kept.size <= kKept || !oldest || oldest[1].model === this.model) return;
    this.#kept.delete(oldest[0]);
    void oldest[1].model.close();
  }

  /** Puts a model on screen; if one was learning there, this one learns on in its place. */
  async #show(model: Model, text: string): Promise<void> {
    const before = this.model;
    const goOn = before?.state === "running";
    await before?.pause();
    const isKept = [...this.#kept.values()].some((kept) => kept.model === before);
    if (before && before !== model && !isKept) void before.close();
    this.text = text;
    this.undo = null;
    this.heldOut = null;
    this.written = "";
    this.news.delete("editor");
    this.follow(model);
    if (goOn && this.hasData) await this.run();
  }
}

function keyOf(source: TextSource): string {
  return source.kind === "language" ? source.name : source.kind;
}
