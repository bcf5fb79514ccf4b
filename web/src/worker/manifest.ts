import { LivegradError } from "../api/errors";
import type { AvailableDataset } from "../api/types";
import { fetchBytes } from "./files";
import { Ahead, type Piece } from "./pieces";

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
  readonly #ahead = new Map<string, Ahead>();

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

  /** Fetches the first piece of a set before it is asked for. */
  fetchAhead(name: string): void {
    const piece = this.find(name, "").then(({ pieces }) => ({
      folder: `${this.folder}${name}/`,
      piece: pieces[0]!,
    }));
    this.#ahead.set(name, new Ahead(piece));
  }

  /** What came of that; once. */
  ahead(name: string): Ahead | undefined {
    const ahead = this.#ahead.get(name);
    this.#ahead.delete(name);
    return ahead;
  }

  async #read(): Promise<readonly Listed[]> {
    const url = `${this.folder}manifest.json`;
    try {
      const bytes = await fetchBytes(url, {});
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
