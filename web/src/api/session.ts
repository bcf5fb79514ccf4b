import { LivegradError } from "./errors";
import type { DatasetInfo, DatasetRequest, Host, HostEvent, TextInfo, TextRequest } from "./protocol";
import { ModelClient } from "./model";
import { checkSpec } from "./spec-check";
import { specText } from "./spec-text";
import type {
  Dataset,
  DatasetExample,
  DatasetOptions,
  Datasets,
  ErrorCode,
  IdxFiles,
  Model,
  Pictures,
  PixelData,
  Session,
  SessionInfo,
  SessionOptions,
  Spec,
  SpecCheck,
  TextData,
  TextOptions,
  Texts,
} from "./types";

/** The host's methods as the other half calls them: all asynchronous. */
export type RemoteHost = {
  [K in keyof Host]: (...args: Parameters<Host[K]>) => Promise<Awaited<ReturnType<Host[K]>>>;
};

/** Where the host is, and how its events come. */
export interface Connection {
  readonly host: RemoteHost;
  /** Never resolves; rejects when the host cannot start. */
  readonly failed: Promise<never>;
  onEvent: (event: HostEvent) => void;
  close(): void;
}

type Progress = (done: number, total: number, trouble?: string, dataset?: DatasetInfo) => void;

/** The session that applications hold, over a host anywhere. */
export class SessionClient implements Session {
  readonly info: SessionInfo;
  readonly datasets: Datasets;
  readonly texts: Texts;
  /** The host; every error it throws is a LivegradError. */
  readonly host: RemoteHost;
  readonly #connection: Connection;
  readonly #models = new Map<number, ModelClient>();
  readonly #progress = new Map<number, Progress>();
  #lastRequest = 0;
  #closed = false;

  private constructor(connection: Connection, host: RemoteHost, info: SessionInfo) {
    this.info = info;
    this.host = host;
    this.#connection = connection;
    this.datasets = new DatasetsClient(this);
    this.texts = new TextsClient(this);
    connection.onEvent = (event) => this.#onEvent(event);
  }

  static async start(
    connection: Connection,
    { exact = askedForExact(), dataUrl, data }: SessionOptions,
    defaultDataUrl: URL,
  ): Promise<SessionClient> {
    let session: SessionClient | undefined;
    const host = wrap(connection.host, () => session !== undefined && session.#closed);
    const base = globalThis.location?.href;
    const folder = new URL(dataUrl ?? defaultDataUrl, base).href.replace(/\/?$/, "/");
    try {
      const info = await Promise.race([
        host.start({
          ...(exact ? { variant: "simd" as const } : {}),
          dataUrl: folder,
          ...(data === undefined ? {} : { data }),
        }),
        connection.failed,
      ]);
      session = new SessionClient(connection, host, info);
      return session;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async compile(spec: Spec | string, text?: TextData): Promise<Model> {
    const symbols = text ? [...text.vocabulary].length : 0;
    const { model, snapshot } = await this.host.compile(specText(spec), symbols);
    const client = new ModelClient(this, model, snapshot, () => this.#models.delete(model));
    this.#models.set(model, client);
    try {
      if (text) await client.data(text);
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  checkSpec(spec: Spec | string): Promise<SpecCheck> {
    return checkSpec(specText(spec), (text) => this.host.checkSpec(text));
  }

  frameDigit(ink: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    return this.host.frameDigit(ink, width, height);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const model of this.#models.values()) model.sessionClosed();
    this.#connection.close();
  }

  /** A number that progress events name, while `work` runs. */
  async withProgress<T>(listener: Progress | undefined, work: (request: number) => Promise<T>): Promise<T> {
    const request = ++this.#lastRequest;
    if (listener) this.#progress.set(request, listener);
    try {
      return await work(request);
    } finally {
      this.#progress.delete(request);
    }
  }

  #onEvent(event: HostEvent): void {
    if (event.type === "progress")
      return this.#progress.get(event.request)?.(event.done, event.total, event.trouble, event.dataset);
    if (event.type === "written")
      return this.#models.get(event.model)?.written(event.writing, event.text, event.ended);
    try {
      this.#models.get(event.model)?.receive(event);
    } finally {
      if (!this.#closed) void this.host.delivered(event.model).catch(() => {});
    }
  }
}

/** Calls that turn whatever goes wrong into a LivegradError. */
function wrap(host: RemoteHost, isClosed: () => boolean): RemoteHost {
  return new Proxy(host, {
    get(target, name) {
      const method = target[name as keyof Host] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (isClosed())
          throw new LivegradError("closed", "session", "The session is closed. Create another.");
        try {
          return await Reflect.apply(method, target, args);
        } catch (error) {
          throw asLivegradError(error);
        }
      };
    },
  });
}

function asLivegradError(error: unknown): LivegradError {
  if (error instanceof LivegradError) return error;
  const { code, where, message } = error as { code?: ErrorCode; where?: string; message?: string };
  return new LivegradError(code ?? "internal", where ?? "", message ?? String(error));
}

function askedForExact(): boolean {
  return new URLSearchParams(globalThis.location?.search).get("exact") === "1";
}

class DatasetsClient implements Datasets {
  readonly #session: SessionClient;
  /** Data on their way, by number. */
  readonly #arriving = new Map<number, DatasetClient>();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  available = () => this.#session.host.availableDatasets();
  mnist = (options?: DatasetOptions) => this.#load({ kind: "published", name: "mnist" }, options);
  fashionMnist = (options?: DatasetOptions) =>
    this.#load({ kind: "published", name: "fashion-mnist" }, options);
  cifar10 = (options?: DatasetOptions) => this.#load({ kind: "published", name: "cifar-10" }, options);
  drawn = ({ training = 10_000, test = 2_000, seed = 1 } = {}) =>
    this.#load({ kind: "drawn", training, test, seed });
  fromIdx = (files: IdxFiles) => this.#load({ kind: "idx", files });
  fromPixels = (data: PixelData) => this.#load({ kind: "pixels", data });
  mixed = (base: Dataset, more: Pictures, { name, times }: { name: string; times: number }) =>
    this.#load({ kind: "mixed", base: (base as DatasetClient).id, more, name, times });

  #load(request: DatasetRequest, { onProgress, onFirst }: DatasetOptions = {}): Promise<Dataset> {
    let first = onFirst;
    const listener: Progress = (done, total, trouble, info) => {
      const dataset = info && this.#get(info);
      onProgress?.(done, total, trouble);
      if (dataset) first = void first?.(dataset);
    };
    return this.#session.withProgress(listener, async (progress) => {
      const dataset = this.#get(await this.#session.host.loadDataset(request, progress));
      this.#arriving.delete(dataset.id);
      return dataset;
    });
  }

  #get(info: DatasetInfo): DatasetClient {
    const dataset = this.#arriving.get(info.id) ?? new DatasetClient(this.#session, info);
    dataset.arrived = info.arrived;
    this.#arriving.set(info.id, dataset);
    return dataset;
  }
}

export class DatasetClient implements Dataset {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly size: Dataset["size"];
  arrived: Dataset["arrived"];
  readonly session: SessionClient;

  constructor(session: SessionClient, info: DatasetInfo) {
    this.session = session;
    this.id = info.id;
    this.name = info.name;
    this.origin = info.origin;
    this.classes = info.classes;
    this.shape = info.shape;
    this.size = info.size;
    this.arrived = info.arrived;
  }

  examples(split: "training" | "test", indices: readonly number[]): Promise<DatasetExample[]> {
    return this.session.host.examples(this.id, split, indices);
  }

  close(): Promise<void> {
    return this.session.host.closeDataset(this.id);
  }
}

class TextsClient implements Texts {
  readonly #session: SessionClient;

  constructor(session: SessionClient) {
    this.#session = session;
  }

  shakespeare = (options: TextOptions = {}) => this.#load({ kind: "shakespeare" }, options);
  own = (text: string | Uint8Array, options: TextOptions & { name?: string } = {}) =>
    this.#load(
      {
        kind: "own",
        name: options.name ?? "your text",
        origin: "pasted",
        file: typeof text === "string" ? new TextEncoder().encode(text) : text,
      },
      options,
    );
  made = (
    language: string,
    {
      characters = 1_000_000,
      seed = 1,
      ...options
    }: TextOptions & { characters?: number; seed?: number } = {},
  ) => this.#load({ kind: "language", language, characters, seed }, options);
  languages = () => this.#session.host.languages();
  check = (language: string, lines: readonly string[]) => this.#session.host.checkLines(language, lines);

  #load(request: TextRequest, { vocabulary, onProgress }: TextOptions): Promise<TextData> {
    return this.#session.withProgress(onProgress, async (progress) => {
      const wanted = vocabulary === undefined ? request : { ...request, vocabulary };
      return new TextClient(this.#session, await this.#session.host.loadText(wanted, progress));
    });
  }
}

export class TextClient implements TextData {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly vocabulary: string;
  readonly characters: number;
  readonly session: SessionClient;

  constructor(session: SessionClient, info: TextInfo) {
    this.session = session;
    this.id = info.id;
    this.name = info.name;
    this.origin = info.origin;
    this.vocabulary = info.vocabulary;
    this.characters = info.characters;
  }

  close(): Promise<void> {
    return this.session.host.closeText(this.id);
  }
}
