import type { AvailableDataset } from "../api/types";
import { fetchBytes } from "./files";

/** What lies in a folder of data. */
export interface Listed extends AvailableDataset {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** manifest.json of a folder of data; read once, when it is first asked for. */
export class Manifest {
  readonly #folder: string;
  #sets: Promise<readonly Listed[] | null> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null when there is none. */
  sets(): Promise<readonly Listed[] | null> {
    this.#sets ??= fetchBytes(`${this.#folder}manifest.json`, () => {})
      .then((bytes) => (JSON.parse(new TextDecoder().decode(bytes)) as { sets: Listed[] }).sets)
      .catch(() => null);
    return this.#sets;
  }
}
