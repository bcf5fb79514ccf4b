import { LivegradError } from "../api/errors";
import type { AvailableDataset } from "../api/types";
import { fetchBytes } from "./files";
import type { Piece } from "./pieces";

/** What lies in a folder of data; a text has pieces alone. */
export interface Listed extends AvailableDataset {
  readonly shape?: readonly [channels: number, height: number, width: number];
  readonly classes: readonly string[];
  readonly training: number;
  readonly test: number;
  readonly pieces: readonly Piece[];
}

/** manifest.json of a folder of data; read when it is first asked for. */
export class Manifest {
  readonly folder: string;
  #sets: Promise<readonly Listed[]> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  sets(): Promise<readonly Listed[]> {
    this.#sets ??= this.#read();
    this.#sets.catch(() => (this.#sets = undefined));
    return this.#sets;
  }

  /** A set; without it, `instead` says what else there is. */
  async find(name: string, instead: string): Promise<Listed> {
    const found = (await this.sets()).find((set) => set.name === name);
    if (!found)
      throw new LivegradError(
        "not_found",
        name,
        `The data "${name}" do not lie beside this page. ${instead}`,
      );
    return found;
  }

  async #read(): Promise<readonly Listed[]> {
    const url = `${this.folder}manifest.json`;
    try {
      const bytes = await fetchBytes(url, "default");
      return (JSON.parse(new TextDecoder().decode(bytes)) as { sets: Listed[] }).sets;
    } catch (error) {
      throw new LivegradError(
        "not_found",
        "manifest.json",
        `The list of the data could not be fetched from ${url}: it ${(error as Error).message}.`,
      );
    }
  }
}
