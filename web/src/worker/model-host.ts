import { LivegradError } from "../api/errors";
import { type HostEvent, mergeTicks, type ModelSnapshot, type RunRequest } from "../api/protocol";
import type {
  Evaluation,
  Example,
  Frame,
  History,
  LayerInfo,
  LoadedData,
  Prediction,
  RecurrentRadius,
  Split,
  TensorChoice,
  TextReading,
  TextSplit,
  Tick,
  TrainingSpec,
  Update,
  WatchOptions,
  WriteOptions,
} from "../api/types";
import type { Core } from "./core";
import { Evaluations, splitCode } from "./evaluations";
import type { Job, Loop } from "./loop";
import type { Painter } from "./painter";
import { type NetworkReply, type Place, product, Tensors } from "./tensors";
import { Training } from "./training";
import { Updates } from "./updates";
import { Watches } from "./watches";
import { Writing } from "./writing";

/** Milliseconds between two ticks, at least: about a display frame. */
const tickMs = 15;
/** Milliseconds that writing takes from learning between two slices of it. */
const writingMs = 2;

type Curves = {
  readonly [split in "training" | "validation"]: { readonly [column: string]: readonly (number | null)[] };
};

/** What a model needs to know of its data. */
interface Data {
  readonly shape: readonly number[];
  readonly arrived: { readonly test: number };
  readonly test: { readonly size: number };
}

/** One model where it computes: trains, evaluates and draws in slices, and tells what happened. */
export class ModelHost implements Job {
  readonly id: number;
  readonly #core: Core;
  readonly #loop: Loop;
  readonly #painter: Painter;
  readonly #emit: (event: HostEvent) => void;
  readonly #training: Training;
  readonly #updates: Updates;
  readonly #evaluations: Evaluations;
  readonly #watches: Watches;
  #network!: NetworkReply;
  #tensors!: Tensors;
  #layers: readonly LayerInfo[] = [];
  #dataset: Data | null = null;
  #hasText = false;
  readonly #writing: Writing;

  /** What watches show; null: nothing to show yet. */
  #looked: Example | null = null;
  /** Slot 0 of the probe holds something else than #looked. */
  #probeStale = true;
  /** Something that watches show has changed. */
  #dirty = false;
  #inFlight = false;
  #lastTick = 0;
  /** The steps that runSteps waits for. */
  #steps: {
    tick: Tick | null;
    readonly done: (tick: Tick) => void;
    readonly failed: (error: unknown) => void;
  } | null = null;

  constructor(core: Core, loop: Loop, painter: Painter, id: number, emit: (event: HostEvent) => void) {
    this.#core = core;
    this.#loop = loop;
    this.#painter = painter;
    this.#emit = emit;
    this.id = id;
    this.#updates = new Updates(core);
    this.#training = new Training(core, id, () => this.#updates.beforeStep(this.#network.batch));
    this.#evaluations = new Evaluations(core, id, (request, done, total) =>
      emit({ type: "progress", request, done, total }),
    );
    this.#watches = new Watches(painter);
    this.#writing = new Writing(core, id, emit);
    this.#recompiled();
  }

  snapshot(): ModelSnapshot {
    const { spec, options, parameterCount, classes, passSize, vocabulary } = this.#network;
    const { state, step, epoch } = this.#training;
    return {
      spec,
      options,
      layers: this.#layers,
      tensors: this.#tensors.info,
      parameterCount,
      classes,
      passSize,
      vocabulary,
      state,
      step,
      epoch,
    };
  }

  close(): void {
    this.#loop.remove(this);
    this.#evaluations.cancelAll();
    this.#writing.stop();
    this.#abandonSteps();
    this.#updates.abandon();
    this.#core.call.closeModel(this.id);
  }

  // -------------------------------------------------------------------------------------------------------- training

  setData(dataset: number, data: Data): ModelSnapshot {
    this.#core.call.setData(this.id, dataset);
    this.#dataset = data;
    return this.#otherData();
  }

  setText(text: number, split: TextSplit): ModelSnapshot {
    this.#core.call.setText(this.id, text, split);
    this.#hasText = true;
    return this.#otherData();
  }

  #otherData(): ModelSnapshot {
    this.#looked = null;
    this.#recompiled();
    this.#training.place(this.#network.step, this.#network.epoch);
    this.#evaluations.restart();
    return this.#changed();
  }

  run(options: RunRequest): ModelSnapshot {
    if (!this.#dataset && !this.#hasText)
      throw new LivegradError(
        "invalid_argument",
        "train",
        "There are no examples to learn from. Give the model data first.",
      );
    this.#training.start(options);
    this.#loop.add(this);
    return this.snapshot();
  }

  pause(): ModelSnapshot {
    this.#training.stop();
    this.#publish(true);
    return this.snapshot();
  }

  runSteps(steps: number): Promise<{ tick: Tick; snapshot: ModelSnapshot }> {
    if (!(Number.isInteger(steps) && steps >= 1))
      throw new LivegradError(
        "invalid_argument",
        "stepOnce",
        `steps is ${steps}. Use a whole number from 1.`,
      );
    this.pause();
    return new Promise((resolve, reject) => {
      this.#steps = {
        tick: null,
        done: (tick) => resolve({ tick, snapshot: this.snapshot() }),
        failed: reject,
      };
      try {
        this.run({ steps, endless: true, validate: null });
      } catch (error) {
        this.#steps = null;
        reject(error as Error);
      }
    });
  }

  startOver(seed: number): ModelSnapshot {
    this.#core.call.startOver(this.id, seed);
    this.#refresh();
    return this.#changed();
  }

  setOptions(options: TrainingSpec): ModelSnapshot {
    this.#core.call.setOptions(this.id, JSON.stringify(options));
    this.#training.renew();
    this.#recompiled();
    return this.snapshot();
  }

  replace(spec: string): { kept: string[]; snapshot: ModelSnapshot } {
    const kept = JSON.parse(this.#core.call.replace(this.id, spec)) as string[];
    this.#refresh();
    return { kept, snapshot: this.#changed() };
  }

  load(file: Uint8Array): { found: LoadedData; snapshot: ModelSnapshot } {
    const found = this.#core.withFiles([file], ([offset, bytes]) =>
      this.#core.call.load(this.id, offset, bytes),
    );
    this.#writing.stop();
    this.#refresh();
    return { found: JSON.parse(found) as LoadedData, snapshot: this.#changed() };
  }

  save(): Uint8Array<ArrayBuffer> {
    return this.#take(this.#core.call.save(this.id));
  }

  record(): Uint8Array<ArrayBuffer> {
    return this.#take(this.#core.call.record(this.id));
  }

  /** A file that C++ made. */
  #take(made: string): Uint8Array<ArrayBuffer> {
    const { offset, bytes } = JSON.parse(made) as { offset: number; bytes: number };
    const file = this.#core.heap.bytes(offset, bytes).slice();
    this.#core.call.release(offset);
    return file;
  }

  spectralRadii(): RecurrentRadius[] {
    return JSON.parse(this.#core.call.spectralRadii(this.id)) as RecurrentRadius[];
  }

  history(): History {
    const { training, validation } = JSON.parse(this.#core.call.history(this.id)) as Curves;
    const curve = (columns: Curves["training"]) => {
      const column = (name: string) => Float64Array.from(columns[name]!, (value) => value ?? NaN);
      return {
        step: column("step"),
        epoch: column("epoch"),
        loss: column("loss"),
        accuracy: column("accuracy"),
      };
    };
    return { training: curve(training), validation: curve(validation) };
  }

  // ------------------------------------------------------------------------------------------------ testing, looking

  evaluate(split: Split, examples: number, report: boolean, progress: number): Promise<Evaluation | null> {
    if (!this.#canTest(split, examples))
      throw new LivegradError(
        "invalid_argument",
        "evaluate",
        `Of ${this.#dataset!.test.size} test examples ${this.#dataset!.arrived.test} have arrived. Wait for the others.`,
      );
    return new Promise((done) => {
      this.#evaluations.add({ split, examples, report, progress, done });
      this.#loop.add(this);
    });
  }

  cancelEvaluation(progress: number): void {
    this.#evaluations.cancel(progress);
  }

  predict(examples: readonly Example[]): Prediction[] {
    const predictions: Prediction[] = [];
    this.#inChunks(examples, false, (_, count) => {
      for (let slot = 0; slot < count; slot++) predictions.push(this.#prediction(slot));
    });
    return predictions;
  }

  look(example: Example): Prediction {
    this.#setExample(0, example);
    this.#looked = example;
    this.#probeStale = false;
    this.#core.call.runProbe(this.id, 1, false);
    this.#touch();
    return this.#prediction(0);
  }

  read(name: string, gradient: boolean, batchIndex: number | undefined): Float32Array {
    const place = this.#tensors.get(name, gradient, batchIndex);
    if (place.probed) this.#probe(gradient);
    return this.#numbers(place);
  }

  readAll(tensors: readonly TensorChoice[], examples?: readonly Example[]): Float32Array[] {
    const places = tensors.map(({ tensor, gradient }) =>
      this.#tensors.get(tensor, gradient ?? false, undefined),
    );
    const backward = tensors.some(({ gradient }) => gradient);
    if (!examples) {
      this.#probe(backward);
      return places.map((place) => this.#numbers(place));
    }
    const read = places.map(({ probed, size }) => new Float32Array(size * (probed ? examples.length : 1)));
    this.#inChunks(examples, backward, (first, count) =>
      places.forEach((place, i) =>
        read[i]!.set(this.#numbers(place, place.probed ? count : 1), place.probed ? first * place.size : 0),
      ),
    );
    return read;
  }

  /** Of a tensor, or of so many examples that follow one another. */
  #numbers({ entry, offset, size }: Place, count = 1): Float32Array {
    const { floats, indices } = this.#core.heap;
    return entry.type === "index"
      ? Float32Array.from(indices(offset, size * count))
      : floats(offset, size * count).slice();
  }

  /** Puts examples through the probe, as many at once as it takes. */
  #inChunks(
    examples: readonly Example[],
    backward: boolean,
    use: (first: number, count: number) => void,
  ): void {
    this.#probeStale = true;
    // The loss is the mean of those that go through together: a gradient belongs to its example when there is one.
    const capacity = backward ? 1 : this.#network.probeCapacity;
    for (let first = 0; first < examples.length; first += capacity) {
      const some = examples.slice(first, first + capacity);
      some.forEach((example, slot) => this.#setExample(slot, example));
      this.#core.call.runProbe(this.id, some.length, backward);
      use(first, some.length);
    }
  }

  measureUpdate(): Promise<readonly Update[]> {
    return this.#updates.measure();
  }

  write(options: Required<WriteOptions>): number {
    const writing = this.#writing.start(options, this.#network.vocabulary);
    this.#loop.add(this);
    return writing;
  }

  updateWriting(options: Partial<WriteOptions>): void {
    this.#writing.update(options);
  }

  stopWriting(): void {
    this.#writing.stop();
  }

  readText(text: string, tensor: string, candidates: number): TextReading {
    const { offset, bytes, ...place } = JSON.parse(
      this.#core.call.readText(this.id, text, tensor, candidates),
    ) as { characters: number; shape: number[]; offset: number; bytes: number; candidates: number };
    const { heap, call } = this.#core;
    const vocabulary = [...this.#network.vocabulary];
    const size = place.characters * product(place.shape);
    const pairs = offset + 4 * size;
    const likeliest = Array.from({ length: place.characters }, (_, character) =>
      Array.from({ length: place.candidates }, (_, rank) => {
        const at = pairs + 8 * (character * place.candidates + rank);
        return { character: vocabulary[heap.indices(at, 1)[0]!]!, probability: heap.floats(at + 4, 1)[0]! };
      }),
    );
    const values = heap.floats(offset, size).slice();
    call.release(offset);
    return { characters: [...text], shape: place.shape.slice(1), values, likeliest };
  }

  watch(options: WatchOptions): number {
    const id = this.#watches.add(options, this.#tensors);
    this.#touch();
    return id;
  }

  updateWatch(watch: number, options: Partial<WatchOptions>): void {
    this.#watches.update(watch, options, this.#tensors);
    this.#touch();
  }

  restWatch(watch: number, resting: boolean): void {
    this.#watches.rest(watch, resting);
    if (!resting) this.#touch();
  }

  closeWatch(watch: number): void {
    this.#watches.remove(watch);
  }

  // -------------------------------------------------------------------------------------------------------- the loop

  delivered(): void {
    this.#inFlight = false;
    if (this.#dirty) this.#loop.add(this);
  }

  slice(deadline: number): boolean {
    try {
      if (this.#evaluations.busy) {
        this.#evaluations.slice(deadline);
        this.#training.resetClock();
      } else if (this.#training.slice(deadline)) {
        this.#validate();
      }
      this.#writing.slice(this.#training.state === "running" ? writingMs : 4 * writingMs);
      this.#publish(this.#training.state !== "running");
    } catch (error) {
      this.#writing.stop();
      this.#training.fail(error instanceof LivegradError ? error.text : String(error));
      this.#publish(true);
    }
    return this.#evaluations.busy || this.#writing.busy || this.#training.state === "running";
  }

  /** Whether so many examples of a split have arrived. */
  #canTest(split: Split, examples: number): boolean {
    const { arrived, test } = this.#dataset ?? {};
    return !test || split !== "test" || Math.min(examples, test.size) <= arrived!.test;
  }

  #validate(): void {
    const { split, examples } = this.#training.validate!;
    if (!this.#canTest(split, examples)) return;
    this.#evaluations.add({
      split,
      examples,
      report: true,
      progress: 0,
      done: (evaluation) => {
        if (!evaluation) return;
        const { step, epoch } = this.#training;
        this.#training.validated({
          split,
          step,
          epoch,
          loss: evaluation.loss,
          accuracy: evaluation.accuracy,
        });
      },
    });
  }

  /** Draws and tells what happened: at most one event on its way, unless a state must be told. */
  #publish(force: boolean): void {
    const now = performance.now();
    if (!force && (this.#inFlight || now - this.#lastTick < tickMs)) return;
    const tick = this.#training.takeTick();
    if (!tick && (this.#inFlight || !this.#dirty)) return;
    this.#dirty = false;
    this.#inFlight = true;
    this.#lastTick = now;
    // A copy, since an event's buffers leave this thread.
    if (tick && this.#steps) this.#countSteps({ ...tick, losses: tick.losses.slice() });
    this.#emit({ type: "model", model: this.id, state: this.#training.state, tick, frames: this.#draw() });
  }

  #draw(): [watch: number, frame: Frame][] {
    const looked = this.#watches.places(this.#tensors);
    const probed = looked.filter(({ place }) => place.probed);
    if (probed.length > 0) this.#probe(probed.some(({ options }) => options.gradient));
    return looked.map(({ id, place, options, surface }) => [
      id,
      this.#painter.paint(place, options, surface, this.#training.step),
    ]);
  }

  #countSteps(tick: Tick): void {
    const steps = this.#steps;
    if (!steps) return;
    steps.tick = steps.tick ? mergeTicks(steps.tick, tick) : tick;
    if (tick.state === "running") return;
    this.#steps = null;
    steps.done(steps.tick);
  }

  #abandonSteps(): void {
    this.#steps?.failed(
      new LivegradError("closed", "stepOnce", "The model was closed before the steps were done."),
    );
    this.#steps = null;
  }

  /** Something that watches show is new: draw it as soon as messages are dealt with. */
  #touch(): void {
    this.#dirty = true;
    this.#loop.add(this);
  }

  #changed(): ModelSnapshot {
    this.#touch();
    return this.snapshot();
  }

  // ------------------------------------------------------------------------------------------------ network and probe

  /** Weights, and perhaps the network, are others now. */
  #refresh(): void {
    this.#recompiled();
    this.#training.reset(this.#network.step, this.#network.epoch);
    this.#evaluations.restart();
  }

  /** Offsets and descriptions anew. */
  #recompiled(): void {
    this.#network = JSON.parse(this.#core.call.network(this.id)) as NetworkReply;
    this.#tensors = new Tensors(this.#network);
    this.#layers = this.#network.layers.map((layer) => ({
      ...layer,
      tensors: [
        ...new Set(this.#tensors.info.filter((entry) => entry.layer === layer.id).map((entry) => entry.name)),
      ],
    }));
    this.#probeStale = true;
  }

  /** Computes what watches see: the example that was chosen, else the first test example. */
  #probe(backward: boolean): void {
    if (this.#probeStale) {
      const first: Example = { split: "test", index: 0 };
      try {
        if (this.#looked) this.#setExample(0, this.#looked);
      } catch {
        this.#looked = null; // another network, whose input it does not fit
      }
      if (!this.#looked) {
        if (!this.#dataset || this.#core.call.splitSize(this.id, splitCode.test) === 0) return;
        this.#setExample(0, first);
      }
      this.#probeStale = false;
    }
    this.#core.call.runProbe(this.id, 1, backward);
  }

  #setExample(slot: number, example: Example): void {
    if ("split" in example)
      return this.#core.call.setExample(this.id, slot, splitCode[example.split], example.index);
    if ("text" in example)
      return this.#core.call.setSymbols(this.id, slot, example.text, example.lastOnly ?? false);
    const { pixels, label = -1 } = example;
    const shape =
      example.shape ?? this.#dataset?.shape ?? this.#tensors.inProbe(this.#network.input, 0).shape;
    const [channels, height, width] = shape as [number, number, number];
    if (shape.length !== 3 || product(shape) !== pixels.length)
      throw new LivegradError(
        "shape_mismatch",
        "picture",
        `The picture has ${pixels.length} bytes, and ${shape.join("x")} needs ${product(shape)}.`,
      );
    this.#core.withFiles([pixels], ([offset]) =>
      this.#core.call.setPixels(this.id, slot, offset, channels, height, width, label),
    );
  }

  #prediction(slot: number): Prediction {
    const { heap } = this.#core;
    const numbers = (name: string) => {
      const { offset, size } = this.#tensors.inProbe(name, slot);
      return heap.floats(offset, size).slice();
    };
    const { probabilities, labels, output, loss } = this.#network;
    const chances = probabilities === null ? null : numbers(probabilities);
    return {
      probabilities: chances,
      output: numbers(output),
      best: chances ? chances.indexOf(Math.max(...chances)) : -1,
      label: labels === null ? -1 : heap.indices(this.#tensors.inProbe(labels, slot).offset, 1)[0]!,
      loss: numbers(loss)[0]!,
    };
  }
}
