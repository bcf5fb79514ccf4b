import { LivegradError } from "../api/errors";
import type {
  CheckedSpec,
  DatasetInfo,
  DatasetRequest,
  Host,
  HostEvent,
  HostOptions,
  RunRequest,
  TextRequest,
} from "../api/protocol";
import type {
  Example,
  LayerInfo,
  SessionInfo,
  Split,
  TextSplit,
  TrainingSpec,
  WatchOptions,
  WriteOptions,
} from "../api/types";
import { Core } from "./core";
import { HostDatasets } from "./datasets";
import { Loop } from "./loop";
import { Manifest } from "./manifest";
import { ModelHost } from "./model-host";
import { Painter } from "./painter";
import { HostTexts } from "./texts";

/** The computing half of a session: in a worker, or on this thread. */
export class SessionHost implements Host {
  readonly #emit: (event: HostEvent) => void;
  readonly #loop = new Loop();
  readonly #models = new Map<number, ModelHost>();
  #core!: Core;
  #painter!: Painter;
  #datasets!: HostDatasets;
  #texts!: HostTexts;

  constructor(emit: (event: HostEvent) => void) {
    this.#emit = emit;
  }

  async start({ variant, dataUrl, data }: HostOptions): Promise<SessionInfo> {
    const manifest = new Manifest(dataUrl);
    const core = Core.load(variant);
    if (data !== undefined) manifest.fetchAhead(data);
    this.#core = await core;
    this.#painter = new Painter(this.#core);
    this.#datasets = new HostDatasets(this.#core, manifest);
    this.#texts = new HostTexts(this.#core, manifest);
    return this.#core.info;
  }

  close(): void {
    for (const id of [...this.#models.keys()]) this.closeModel(id);
  }

  /** Bytes of the core's memory. */
  memory(): number {
    return this.#core.heap.size;
  }

  delivered(model: number): void {
    this.#models.get(model)?.delivered();
  }

  availableDatasets() {
    return this.#datasets.available();
  }

  loadDataset(request: DatasetRequest, progress: number): Promise<DatasetInfo> {
    return this.#datasets.load(request, this.#progress(progress));
  }

  examples(dataset: number, split: "training" | "test", indices: readonly number[]) {
    return this.#datasets.examples(dataset, split, indices);
  }

  closeDataset(dataset: number): void {
    this.#datasets.close(dataset);
  }

  loadText = (request: TextRequest, progress: number) => this.#texts.load(request, this.#progress(progress));
  closeText = (text: number) => this.#texts.close(text);
  languages = () => this.#texts.languages();
  checkLines = (language: string, lines: readonly string[]) => this.#texts.check(language, lines);

  frameDigit(ink: Uint8Array, width: number, height: number): Uint8Array {
    if (ink.length !== width * height)
      throw new LivegradError(
        "invalid_argument",
        "digit",
        `The drawing is said to be ${width}x${height} but has ${ink.length} bytes.`,
      );
    const framed = new Uint8Array(28 * 28);
    return this.#core.withFiles([ink, framed], ([from], [to]) => {
      this.#core.call.frameDigit(from, width, height, to);
      return this.#core.heap.bytes(to, framed.length).slice();
    });
  }

  checkSpec(spec: string): CheckedSpec {
    const reply = JSON.parse(this.#core.call.check(spec)) as CheckedSpec & {
      layers: Omit<LayerInfo, "tensors">[];
    };
    return { ...reply, layers: reply.layers.map((layer) => ({ ...layer, tensors: [] })) };
  }

  compile(spec: string, symbols: number) {
    const model = this.#core.call.compile(spec, symbols);
    const host = new ModelHost(this.#core, this.#loop, this.#painter, model, this.#emit);
    this.#models.set(model, host);
    return { model, snapshot: host.snapshot() };
  }

  closeModel(model: number): void {
    this.#models.get(model)?.close();
    this.#models.delete(model);
  }

  setData = (model: number, dataset: number) =>
    this.#model(model).setData(dataset, this.#datasets.find(dataset));
  setText = (model: number, text: number, split: TextSplit) => this.#model(model).setText(text, split);
  run = (model: number, options: RunRequest) => this.#model(model).run(options);
  pause = (model: number) => this.#model(model).pause();
  runSteps = (model: number, steps: number) => this.#model(model).runSteps(steps);
  startOver = (model: number, seed: number) => this.#model(model).startOver(seed);
  setOptions = (model: number, options: TrainingSpec) => this.#model(model).setOptions(options);
  replace = (model: number, spec: string) => this.#model(model).replace(spec);
  evaluate = (model: number, split: Split, examples: number, report: boolean, progress: number) =>
    this.#model(model).evaluate(split, examples, report, progress);
  cancelEvaluation = (model: number, progress: number) => this.#model(model).cancelEvaluation(progress);
  predict = (model: number, examples: readonly Example[]) => this.#model(model).predict(examples);
  look = (model: number, example: Example) => this.#model(model).look(example);
  read = (model: number, tensor: string, gradient: boolean, batchIndex: number | undefined) =>
    this.#model(model).read(tensor, gradient, batchIndex);
  write = (model: number, options: Required<WriteOptions>) => this.#model(model).write(options);
  updateWriting = (model: number, options: Partial<WriteOptions>) =>
    this.#model(model).updateWriting(options);
  stopWriting = (model: number) => this.#models.get(model)?.stopWriting();
  readAll: Host["readAll"] = (model, tensors, examples) => this.#model(model).readAll(tensors, examples);
  measureUpdate = (model: number) => this.#model(model).measureUpdate();
  readText = (model: number, text: string, tensor: string, candidates: number) =>
    this.#model(model).readText(text, tensor, candidates);
  watch = (model: number, options: WatchOptions) => this.#model(model).watch(options);
  updateWatch = (model: number, watch: number, options: Partial<WatchOptions>) =>
    this.#model(model).updateWatch(watch, options);
  restWatch = (model: number, watch: number, resting: boolean) =>
    this.#model(model).restWatch(watch, resting);
  closeWatch = (model: number, watch: number) => this.#models.get(model)?.closeWatch(watch);
  history = (model: number) => this.#model(model).history();
  spectralRadii = (model: number) => this.#model(model).spectralRadii();
  save = (model: number) => this.#model(model).save();
  record = (model: number) => this.#model(model).record();
  load = (model: number, file: Uint8Array) => this.#model(model).load(file);

  #progress(request: number) {
    return (done: number, total: number, trouble?: string, dataset?: DatasetInfo): void => {
      if (request > 0) this.#emit({ type: "progress", request, done, total, trouble, dataset });
    };
  }

  #model(id: number): ModelHost {
    const model = this.#models.get(id);
    if (!model) throw new LivegradError("closed", "model", "The model is closed. Compile the network again.");
    return model;
  }
}
