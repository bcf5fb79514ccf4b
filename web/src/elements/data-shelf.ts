import { type Dataset, LivegradError, type PixelData, type Session } from "../api";

/** "own": pictures that the reader brought. */
export type DataName = "mnist" | "fashion-mnist" | "cifar-10" | "drawn" | "own";

export const dataTitles: Record<DataName, string> = {
  mnist: "MNIST",
  "fashion-mnist": "Fashion-MNIST",
  "cifar-10": "CIFAR-10, a part",
  drawn: "Drawn digits",
  own: "Your own pictures",
};

/** What a link can ask for. */
export function isDataName(name: string | null): name is Exclude<DataName, "own"> {
  return name !== null && name !== "own" && Object.hasOwn(dataTitles, name);
}

/** What lies beside the page, and is fetched. */
export function isPublished(name: DataName): name is Exclude<DataName, "drawn" | "own"> {
  return name !== "drawn" && name !== "own";
}

/** How far data on their way have come. */
export interface Arrival {
  readonly done: number;
  readonly total: number;
  /** A piece that is asked for again, in words. */
  readonly trouble: string | undefined;
}

/** A data set as soon as its first piece is there, and when all of it is. */
interface Fetched {
  readonly first: Promise<Dataset>;
  readonly whole: Promise<Dataset>;
}

/** The data sets of a session: each is fetched once, when it is first asked for. */
export class DataShelf {
  /** Of data whose first piece is there, but not all. */
  readonly arrivals = new Map<Dataset, Arrival>();
  readonly #session: Session;
  readonly #loaded = new Map<DataName, Fetched>();

  constructor(session: Session) {
    this.#session = session;
  }

  has(name: DataName): boolean {
    return this.#loaded.has(name);
  }

  /** What failed before is asked for again, and goes on from the pieces that are there. */
  get(name: DataName, onProgress: (arrival: Arrival) => void): Fetched {
    let fetched = this.#loaded.get(name);
    if (!fetched) {
      fetched = this.#fetch(name, onProgress);
      this.#loaded.set(name, fetched);
      fetched.whole.catch(() => this.#loaded.delete(name));
      fetched.first.catch(() => {});
    }
    return fetched;
  }

  #fetch(name: DataName, onProgress: (arrival: Arrival) => void): Fetched {
    const { datasets } = this.#session;
    let arrived!: (dataset: Dataset) => void;
    let first: Dataset | undefined;
    const early = new Promise<Dataset>((resolve) => (arrived = resolve));
    const options = {
      onProgress: (done: number, total: number, trouble?: string) => {
        if (first) this.arrivals.set(first, { done, total, trouble });
        onProgress({ done, total, trouble });
      },
      onFirst: (dataset: Dataset) => {
        first = dataset;
        this.arrivals.set(dataset, { done: 0, total: 1, trouble: undefined });
        arrived(dataset);
      },
    };
    const load = async (): Promise<Dataset> => {
      if (name === "mnist") return datasets.mnist(options);
      if (name === "fashion-mnist") return datasets.fashionMnist(options);
      if (name === "cifar-10") return datasets.cifar10(options);
      if (name === "drawn") return datasets.drawn();
      const kept = await import("./own-kept").then((own) => own.openPictures()).catch(() => undefined);
      if (kept) return datasets.fromPixels(kept);
      throw new LivegradError(
        "not_found",
        "",
        "Your own pictures are not kept in this browser: bring them again.",
      );
    };
    const whole = load().then((dataset) => {
      this.arrivals.delete(dataset);
      return dataset;
    });
    return { first: Promise.race([early, whole]), whole };
  }

  /** The reader's own pictures, in place of those before. */
  async putOwn(data: PixelData): Promise<void> {
    const dataset = await this.#session.datasets.fromPixels(data);
    const own = Promise.resolve(dataset);
    this.#loaded.set("own", { first: own, whole: own });
  }

  /** Whether these can be asked for again. */
  async keeps(dataset: Dataset): Promise<boolean> {
    const all = [...this.#loaded.values()].map(({ first }) => first);
    return (await Promise.all(all)).includes(dataset);
  }
}
