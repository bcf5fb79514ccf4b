import { type Dataset, LivegradError, type LoadOptions, type PixelData, type Session } from "../api";

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

/** The data sets of a session: each is fetched once, when it is first asked for. */
export class DataShelf {
  readonly #session: Session;
  readonly #loaded = new Map<DataName, Promise<Dataset>>();

  constructor(session: Session) {
    this.#session = session;
  }

  has(name: DataName): boolean {
    return this.#loaded.has(name);
  }

  get(name: DataName, options: LoadOptions): Promise<Dataset> {
    let dataset = this.#loaded.get(name);
    if (!dataset) {
      const { datasets } = this.#session;
      if (name === "mnist") dataset = datasets.mnist(options);
      else if (name === "fashion-mnist") dataset = datasets.fashionMnist(options);
      else if (name === "cifar-10") dataset = datasets.cifar10(options);
      else if (name === "drawn") dataset = datasets.drawn();
      else
        return Promise.reject(
          new LivegradError(
            "not_found",
            "",
            "Your own pictures did not stay on this page: bring them again.",
          ),
        );
      this.#loaded.set(name, dataset);
      dataset.catch(() => this.#loaded.delete(name));
    }
    return dataset;
  }

  /** The reader's own pictures, in place of those before. */
  async putOwn(data: PixelData): Promise<void> {
    const dataset = await this.#session.datasets.fromPixels(data);
    this.#loaded.set("own", Promise.resolve(dataset));
  }

  /** Whether these can be asked for again. */
  async keeps(dataset: Dataset): Promise<boolean> {
    return (await Promise.all(this.#loaded.values())).includes(dataset);
  }
}
