import type { Dataset, LoadOptions, Session } from "../api";

export type DataName = "mnist" | "drawn";

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
      dataset = name === "mnist" ? datasets.mnist(options) : datasets.drawn();
      this.#loaded.set(name, dataset);
      dataset.catch(() => this.#loaded.delete(name));
    }
    return dataset;
  }
}
