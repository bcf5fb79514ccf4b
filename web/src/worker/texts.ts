import type { TextInfo, TextRequest } from "../api/protocol";
import type { Language } from "../api/types";
import { LivegradError } from "../api/errors";
import type { Core } from "./core";
import { fetchBytes, unpack } from "./files";
import type { Manifest } from "./manifest";

/** The texts of a session. */
export class HostTexts {
  readonly #core: Core;
  readonly #folder: string;
  readonly #manifest: Manifest;

  constructor(core: Core, folder: string, manifest: Manifest) {
    this.#core = core;
    this.#folder = folder;
    this.#manifest = manifest;
  }

  async load(request: TextRequest, onProgress: (done: number, total: number) => void): Promise<TextInfo> {
    const { vocabulary } = request;
    const more = vocabulary === undefined ? {} : { vocabulary };
    if (request.kind === "language") return this.#make({ ...request, name: request.language, ...more });
    if (request.kind === "own")
      return this.#read(request.name, request.origin, await unpack(request.file, request.name), more);
    const name = "tinyshakespeare";
    const sets = await this.#manifest.sets();
    const listed = sets?.find((set) => set.name === "text");
    if (sets && !listed)
      throw new LivegradError(
        "not_found",
        name,
        "Tiny Shakespeare does not lie beside this page. Use a text that the program writes, or your own.",
      );
    const total = listed?.files[0]?.bytes ?? 0;
    const file = await fetchBytes(`${this.#folder}text/${name}.txt`, (done) => onProgress(done, total));
    return this.#read(name, "real", await unpack(file, name), more);
  }

  close(id: number): void {
    this.#core.call.closeText(id);
  }

  languages(): Language[] {
    return JSON.parse(this.#core.call.languages()) as Language[];
  }

  check(language: string, lines: readonly string[]): string[] {
    return lines.map((line) => this.#core.call.checkLine(language, line));
  }

  #read(name: string, origin: string, bytes: Uint8Array, more: object): TextInfo {
    return this.#core.withFiles([bytes], (file) => this.#make({ kind: "file", name, origin, file, ...more }));
  }

  #make(request: object): TextInfo {
    return JSON.parse(this.#core.call.makeText(JSON.stringify(request))) as TextInfo;
  }
}
