import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Model } from "../api";
import { LessonElement } from "./base";
import { cppCode, javascriptCode, jsonCode } from "./code-livegrad";
import { pytorchCode } from "./code-pytorch";
import type { Lesson } from "./lesson";
import { copy } from "./copying";
import { segments } from "./segments";
import { sentence } from "./sentences";

type Language = "json" | "javascript" | "cpp" | "pytorch";

const languages = [
  ["json", "JSON"],
  ["javascript", "JavaScript"],
  ["cpp", "C++"],
  ["pytorch", "PyTorch"],
] as const satisfies readonly (readonly [Language, string])[];

/** The network on screen, with the settings in force, as a program to copy. */
@customElement("livegrad-code")
export class LivegradCode extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .lead {
        margin-bottom: 16px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      .said {
        color: var(--ink-soft);
        font-size: 13px;
      }
      pre {
        max-height: 520px;
        margin: 12px 0 0;
        padding: 12px;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: 4px;
        background: var(--well);
        font: 13px/20px var(--mono);
      }
    `,
  ];

  @state() private language: Language = "json";
  @state() private code = "";
  @state() private trouble = "";
  @state() private said = "";

  protected override follow(lesson: Lesson): void {
    const write = this.atMostEvery(300, () => this.#write(lesson));
    this.listen(lesson.on("change", write));
    write();
  }

  protected override render(): unknown {
    return html`
      <p class="lead soft">The network and the settings in force, to go on with elsewhere.</p>
      <div class="row">
        ${segments("Language", languages, this.language, (language) => {
          this.language = language;
          this.said = "";
          if (this.lesson) void this.#write(this.lesson);
        })}
        <button class="small" type="button" ?disabled=${!this.code} @click=${this.#copy}>Copy</button>
        <span class="said" role="status">${this.said}</span>
      </div>
      ${this.trouble ? html`<p class="notice" role="alert">${this.trouble}</p>` : nothing}
      ${
        this.code
          ? html`<pre tabindex="0" role="region" aria-label="Code"><code>${this.code}</code></pre>`
          : nothing
      }
    `;
  }

  async #write(lesson: Lesson): Promise<void> {
    const { model, text, dataName } = lesson;
    if (!model) return;
    const { options } = model;
    const written = { text, options, data: dataName };
    this.trouble = "";
    try {
      if (this.language === "json") this.code = jsonCode(written);
      else if (this.language === "javascript") this.code = javascriptCode(written);
      else if (this.language === "cpp") this.code = cppCode(written);
      else {
        const { spec, layers } = model;
        this.code = pytorchCode({ spec, options, layers, tables: await tablesOf(model) });
      }
    } catch (error) {
      this.code = "";
      this.trouble = sentence(error);
    }
  }

  async #copy(): Promise<void> {
    this.said = await copy(this.code, "code", () =>
      getSelection()?.selectAllChildren(this.renderRoot.querySelector("pre")!),
    );
  }
}

/** Which filter sees which channel, where not every one sees all. */
async function tablesOf(model: Model): Promise<Map<string, number[][]>> {
  const tables = new Map<string, number[][]>();
  for (const { name, kind, layer, shape } of model.tensors) {
    if (kind !== "state" || !name.endsWith(".connections")) continue;
    const numbers = [...(await model.read(name))];
    const columns = shape[1]!;
    tables.set(
      layer,
      Array.from({ length: shape[0]! }, (_, row) => numbers.slice(row * columns, (row + 1) * columns)),
    );
  }
  return tables;
}
