import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { EditorView } from "@codemirror/view";
import type { SpecCheck, SpecError } from "../api";
import { LessonElement } from "./base";
import { plural } from "./format";
import { formatSpec } from "./format-spec";
import type { Lesson } from "./lesson";
import { notices } from "./notice";
import { specSentence } from "./sentences";

type EditorModule = typeof import("./editor-view");

/** The network as JSON: checked as one types, errors where they are; applying keeps what was learned and still fits. */
@customElement("livegrad-editor")
export class LivegradEditor extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .frame {
        border: 1px solid var(--edge);
        border-radius: 4px;
        min-height: 160px;
        overflow: hidden;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin-top: 12px;
      }
      .facts {
        flex: 1;
        min-width: 160px;
        color: var(--ink-soft);
        font-size: 14px;
        text-align: right;
      }
      .errors {
        display: grid;
        gap: 4px;
        margin-top: 12px;
      }
      .errors button {
        min-height: 24px;
        padding: 0 4px;
      }
      .below {
        margin-top: 12px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @query(".frame") private frame!: HTMLElement;
  @state() private check: SpecCheck | null = null;
  /** Apply was asked for while there are errors: they are then said aloud. */
  @state() private refused = false;

  #module: EditorModule | null = null;
  #view: EditorView | null = null;
  #loading = false;
  #applied = "";

  protected override follow(lesson: Lesson): void {
    this.whenSeen((seen) => {
      if (seen && !this.#loading) void this.#load(lesson);
    });
    this.listen(() => {
      this.#view?.destroy();
      this.#view = null;
      this.#loading = false;
    });
  }

  protected override updated(_changed: PropertyValues): void {
    const text = this.lesson?.text ?? "";
    if (!this.#view || !this.#module || text === this.#applied) return;
    this.#applied = text;
    this.#module.setText(this.#view, pretty(text));
  }

  protected override render(): unknown {
    const { check, lesson } = this;
    const ready = lesson?.model != null && this.#view !== null;
    return html`
      <div class="frame"></div>
      ${check?.ok === false ? this.#errors(check.errors) : nothing}
      <div class="row">
        <button type="button" ?disabled=${!ready} title="Ctrl+Enter" @click=${this.#apply}>Apply</button>
        <button type="button" ?disabled=${!ready} @click=${this.#format}>Format</button>
        <button type="button" ?disabled=${!ready} @click=${this.#revert}>Revert</button>
        <span class="facts">
          ${check?.ok ? `${plural(check.layers.length, "layer")}, ${plural(check.parameterCount, "weight")}` : nothing}
        </span>
      </div>
      <div class="below">${notices(lesson, "editor")}</div>
    `;
  }

  #errors(errors: readonly SpecError[]): unknown {
    return html`<ul class="errors" role=${this.refused ? "alert" : nothing}>
      ${errors.map(
        (error) =>
          html`<li class="notice">
            <p>${specSentence(error)}</p>
            <button class="plain" type="button" @click=${() => this.#module?.goTo(this.#view!, error.from)}>
              Line ${error.line}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  async #load(lesson: Lesson): Promise<void> {
    this.#loading = true;
    const module = await import("./editor-view");
    if (!this.isConnected) return;
    this.#module = module;
    this.#applied = lesson.text;
    this.#view = module.createEditor({
      parent: this.frame,
      root: this.renderRoot as ShadowRoot,
      text: pretty(lesson.text),
      check: async (text) => {
        const check = (await lesson.session?.checkSpec(text)) ?? null;
        this.check = check;
        if (check?.ok) this.refused = false;
        return check?.ok === false ? [...check.errors] : [];
      },
      apply: () => void this.#apply(),
    });
    this.requestUpdate();
  }

  async #apply(): Promise<void> {
    const lesson = this.lesson;
    const text = this.#view?.state.doc.toString();
    if (!lesson?.session || text === undefined) return;
    this.check = await lesson.session.checkSpec(text);
    this.refused = !this.check.ok;
    if (!this.check.ok) return;
    this.#applied = text;
    await lesson.applyNetwork(text);
  }

  #format(): void {
    if (this.#view) this.#module?.setText(this.#view, pretty(this.#view.state.doc.toString()));
  }

  #revert(): void {
    if (this.#view) this.#module?.setText(this.#view, pretty(this.lesson?.text ?? ""));
  }
}

/** Text that is no JSON yet stays as it is. */
function pretty(text: string): string {
  try {
    return formatSpec(JSON.parse(text));
  } catch {
    return text;
  }
}
