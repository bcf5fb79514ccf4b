import type { Dataset, DatasetExample, Model, Prediction, Session } from "../api";
import trainedUrl from "../../models/convnetjs-mnist.safetensors?url";
import { LivegradError } from "../api";
import { areDigits, areDrawings } from "./fitting";
import { Emitter } from "./emitter";
import { networkText } from "./networks";

/** The network that came with the page, or the one that learns here. */
export type Which = "trained" | "learning";
/** What the networks are shown. */
export type Subject = "test" | "training" | "drawing";

/** A digit in MNIST's form. */
export interface Drawing {
  readonly pixels: Uint8Array;
  readonly shape: readonly [channels: 1, height: 28, width: 28];
}

/** What the view needs of the lesson that it belongs to. */
interface Seen {
  readonly session: Session | null;
  readonly model: Model | null;
  readonly dataset: Dataset | null;
  /** The learning network as it was, when that is looked at. */
  readonly past: Model | null;
  quietly<T>(work: () => Promise<T>): Promise<T | undefined>;
}

interface ViewEvents {
  /** Another network, another subject. */
  change: void;
  /** The drawing has changed. */
  drawing: void;
}

/** What is looked at: which network, and which image it is shown. */
export class View extends Emitter<ViewEvents> {
  trained: Model | null = null;
  /** Which of the test or training images. */
  example = 0;
  /** Null while the pad is empty. */
  drawing: Drawing | null = null;

  readonly #seen: Seen;
  #chosen: Which | null = null;
  #subject: Subject = "test";
  /** What the watches of this model show. */
  #shown: { model: Model | null; image: string | Drawing } | null = null;
  #fetched: { dataset: Dataset; key: string | Drawing; examples: Promise<DatasetExample[]> } | null = null;

  constructor(seen: Seen) {
    super();
    this.#seen = seen;
  }

  /** As chosen; else the trained network, until the other one has learned something. */
  get which(): Which {
    if (!this.trained || !this.trainedFits) return "learning";
    return this.#chosen ?? (this.#seen.model && this.#seen.model.step > 0 ? "learning" : "trained");
  }
  get model(): Model | null {
    return this.which === "trained" ? this.trained : (this.#seen.past ?? this.#seen.model);
  }
  get subject(): Subject {
    return this.#subject === "drawing" && !(this.drawing && this.takesDrawing) ? "test" : this.#subject;
  }
  /** Whether the network trained before knows such pictures. */
  get trainedFits(): boolean {
    const { dataset } = this.#seen;
    return !dataset || areDigits(dataset);
  }
  /** Whether the network that learns can be shown a drawing of the pad. */
  get takesDrawing(): boolean {
    const { dataset } = this.#seen;
    return !dataset || areDrawings(dataset);
  }
  /** Whether there are a network and an image to show it. */
  get ready(): boolean {
    return this.model !== null && (this.subject === "drawing" || this.model.dataset !== null);
  }
  /** Whether the watches show something else than they should: refresh() mends it. */
  get stale(): boolean {
    return this.#shown?.model !== this.model || this.#shown.image !== this.#key;
  }
  get #key(): string | Drawing {
    return this.subject === "drawing" ? this.drawing! : `${this.subject} ${this.example}`;
  }
  /** How many images there are to choose from; a drawing is one of its own. */
  get images(): number {
    const { subject } = this;
    return subject === "drawing" ? 1 : (this.#seen.dataset?.arrived[subject] ?? 1);
  }

  /** Fetches the weights that come with the page. */
  async fetchTrained(): Promise<Uint8Array> {
    const response = await fetch(trainedUrl).catch(() => null);
    if (!response?.ok)
      throw new LivegradError(
        "not_found",
        "",
        "The trained network did not arrive, so the one that learns here answers. Load the page again to retry.",
      );
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Makes them a network. */
  async loadTrained(weights: Uint8Array): Promise<void> {
    const { session } = this.#seen;
    if (!session) return;
    const model = await session.compile(networkText("convnetjs-mnist"));
    await model.load(weights);
    this.trained = model;
    if (this.#seen.dataset && this.trainedFits) await model.data(this.#seen.dataset);
    await this.refresh();
  }

  /** Other data: their images are others. */
  async data(dataset: Dataset): Promise<void> {
    if (this.trainedFits) await this.trained?.data(dataset);
    this.example = Math.min(this.example, this.images - 1);
    this.#shown = null;
    await this.refresh();
  }

  choose(which: Which): Promise<void> {
    this.#chosen = which;
    return this.refresh();
  }

  /** Indices wrap around. */
  show(subject: Subject, index = this.example): Promise<void> {
    this.#subject = subject;
    if (subject !== "drawing") this.example = (index + this.images) % this.images;
    return this.refresh();
  }

  /** The drawing of the pad, width · height bytes of ink. */
  async draw(ink: Uint8Array, width: number, height: number): Promise<void> {
    const pixels = await this.#seen.session?.frameDigit(ink, width, height);
    if (!pixels) return;
    const { subject } = this;
    const empty = pixels.every((byte) => byte === 0);
    if (!empty) this.#subject = "drawing";
    this.drawing = empty ? null : { pixels, shape: [1, 28, 28] };
    if (this.subject !== subject) this.emit("change");
    await this.#look();
    this.emit("drawing");
  }

  /** Lets the watches of the network looked at show the image looked at. */
  async refresh(): Promise<void> {
    this.emit("change");
    await this.#look();
  }

  async #look(): Promise<void> {
    const { model } = this;
    if (!model || !this.ready || !this.stale) return;
    this.#shown = { model, image: this.#key };
    await this.#seen.quietly(async () => {
      const picture = await this.picture();
      if (!picture) return;
      if (picture.index >= 0) return model.look(picture);
      const [prediction] = await model.predict([picture]);
      return model.look({ ...picture, label: runnerUp(prediction!) });
    });
  }

  /** The image looked at; null while there is none. */
  async picture(): Promise<DatasetExample | null> {
    const { drawing, example, subject } = this;
    const { dataset } = this.#seen;
    if (subject === "drawing") return { ...drawing!, index: -1, label: -1 };
    if (!dataset) return null;
    const key = this.#key;
    if (this.#fetched?.dataset !== dataset || this.#fetched.key !== key)
      this.#fetched = { dataset, key, examples: dataset.examples(subject, [example]) };
    return (await this.#fetched.examples)[0] ?? null;
  }

  /** What the network looked at says of the image looked at. */
  async answer(): Promise<Prediction | null> {
    const { model } = this;
    const picture = model && this.ready ? await this.picture() : null;
    return (picture && (await model!.predict([picture]))[0]) ?? null;
  }
}

/**
 * The second likeliest class. A drawing has no label; the gradient of the loss for this one says what speaks for the
 * first and against the second, and does not vanish when the network is sure.
 */
export function runnerUp({ probabilities, best }: Prediction): number {
  let second = -1;
  probabilities?.forEach((p, label) => {
    if (label !== best && (second < 0 || p > probabilities[second]!)) second = label;
  });
  return second;
}
