import type { TextInfo, TextRequest } from "../api/protocol";
import type { Language } from "../api/types";
import type { Core } from "./core";
import { join, unpack } from "./files";
import type { Manifest } from "./manifest";
import { fetchPieces, type Tell } from "./pieces";

/** The texts of a session. */
export class HostTexts {
  readonly #core: Core;
  readonly #manifest: Manifest;

  constructor(core: Core, manifest: Manifest) {
    this.#core = core;
    this.#manifest = manifest;
  }

  async load(request: TextRequest, tell: Tell): Promise<TextInfo> {
    const { vocabulary } = request;
    const more = vocabulary === undefined ? {} : { vocabulary };
    if (request.kind === "language") return this.#make({ ...request, name: request.language, ...more });
    if (request.kind === "own")
      return this.#read(request.name, request.origin, await unpack(request.file, request.name), more);
    const name = "tinyshakespeare";
    const { title, pieces } = await this.#manifest.find(
      "text",
      "Use a text that the program writes, or your own.",
    );
    const contents: Uint8Array[] = [];
    await fetchPieces(
      `${this.#manifest.folder}text/`,
      title,
      pieces,
      0,
      tell,
      (content) => contents.push(content),
      this.#manifest.ahead("text"),
    );
    return this.#read(name, "real", join(contents), more);
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
