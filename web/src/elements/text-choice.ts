import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import { notices } from "./notice";
import type { TextLesson } from "./text-lesson";

/** What the network learns to write like: Shakespeare, a language that the program writes by rules, or a text of one's own. */
@customElement("livegrad-text")
export class LivegradText extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        min-height: 32px;
        font-size: 14px;
      }
      select {
        max-width: 100%;
      }
      progress {
        width: 160px;
        height: 8px;
        accent-color: var(--accent);
      }
      .rule {
        margin-top: 8px;
        color: var(--ink-soft);
        font-size: 14px;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 112px;
        margin: 4px 0 8px;
        padding: 8px;
        resize: vertical;
        border: 1px solid var(--edge);
        border-radius: 4px;
        background: var(--panel);
        color: var(--ink);
        font: 400 14px/1.5 var(--mono);
      }
      .own {
        margin-top: 12px;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @query("#text") private names!: HTMLSelectElement;
  @query("textarea") private pasted!: HTMLTextAreaElement | null;
  @query("input[type=file]") private file!: HTMLInputElement;
  /** The box for a text of one's own is open. */
  @state() private open = false;

  protected override updated(_changed: PropertyValues): void {
    // Once a reader has chosen, only this property moves the choice.
    if (this.lesson && !this.lesson.loading) this.names.value = this.#value;
  }

  get #value(): string {
    const source = this.lesson?.source;
    if (this.open || source?.kind === "own") return "own";
    return source?.kind === "language" ? source.name : "shakespeare";
  }

  protected override render(): unknown {
    const { lesson } = this;
    const { textData, loading } = lesson ?? {};
    const rule = lesson?.languages.find(({ name }) => name === lesson.language)?.rule;
    return html`
      <div class="row">
        <label for="text">Text</label>
        <select id="text" ?disabled=${!lesson?.session} @change=${this.#choose}>
          <option value="shakespeare">Shakespeare</option>
          <optgroup label="Written by the program, by rules">
            ${lesson?.languages.map(({ name }) => html`<option value=${name}>${capital(name)}</option>`)}
          </optgroup>
          <option value="own">Your own text</option>
        </select>
        ${loading ? this.#progress(loading) : nothing}
        ${
          textData && !loading
            ? html`<span class="soft">
                ${formatCount(textData.characters)} characters, ${[...textData.vocabulary].length} different
                ones${textData.origin === "real" ? "" : `; ${textData.origin}`}; the last tenth is held out
              </span>`
            : nothing
        }
      </div>
      ${rule && !loading ? html`<p class="rule">The rule: ${rule}</p>` : nothing}
      ${this.open || lesson?.source.kind === "own" ? this.#own() : nothing}
      <div class="below">${notices(lesson, "data")}</div>
    `;
  }

  #own(): unknown {
    const { source } = this.lesson ?? {};
    const text = source?.kind === "own" && source.text.length < 100_000 ? source.text : "";
    return html`<div class="own">
      <label for="pasted">Paste a text, or drop a file on the page</label>
      <textarea id="pasted" spellcheck="false" .value=${text}></textarea>
      <div class="row">
        <button class="small" type="button" @click=${this.#takePasted}>Learn from this text</button>
        <button class="small" type="button" @click=${() => this.file.click()}>Open a text file</button>
        <input type="file" hidden aria-label="Text file" @change=${this.#takeFile} />
        <span class="soft">Some ten thousand characters and more; nothing leaves this device.</span>
      </div>
    </div>`;
  }

  #progress({ what, done, total }: { what: string; done: number; total: number }): unknown {
    return html`<span class="soft">${what} …</span>
      <progress aria-label=${what} max="1" value=${total > 0 ? done / total : nothing}></progress>`;
  }

  #choose(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.open = value === "own";
    if (this.open) return;
    void this.lesson?.chooseText(
      value === "shakespeare" ? { kind: "shakespeare" } : { kind: "language", name: value },
    );
  }

  async #takePasted(): Promise<void> {
    await this.lesson?.chooseText({ kind: "own", name: "your text", text: this.pasted?.value ?? "" });
    if (this.lesson?.source.kind === "own") this.open = false;
  }

  async #takeFile(): Promise<void> {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file) await this.lesson?.openText(file.name, new Uint8Array(await file.arrayBuffer()));
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
