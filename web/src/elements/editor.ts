import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { Spec, SpecCheck, SpecError } from "../api";
import { LessonElement } from "./base";
import { CodeView, codeStyles } from "./editor-view";
import { plural } from "./format";
import { formatSpec } from "./format-spec";
import type { Learner } from "./learner";
import "./network-form";
import { notices } from "./notice";
import { specSentence } from "./sentences";

/**
 * The network as a form and as JSON, two views of one text: checked as one types, errors where they are; applying keeps what
 * was learned and still fits.
 */
@customElement("livegrad-editor")
export class LivegradEditor extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    ...codeStyles,
    css`
      .views {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        align-items: start;
        gap: 16px;
      }
      livegrad-network-form.old {
        opacity: 0.6;
      }
      @media (max-width: 999px) {
        .views {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .frame {
        border: 1px solid var(--edge);
        border-radius: 4px;
        min-height: 160px;
        overflow: hidden;
      }
      .frame:focus-within {
        outline: 2px solid var(--accent);
        outline-offset: 1px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 8px;
        margin-bottom: 12px;
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
      .news {
        margin-bottom: 12px;
      }
      .news:empty {
        display: none;
      }
    `,
  ];

  @query(".frame") private frame!: HTMLElement;
  @state() private check: SpecCheck | null = null;
  /** The network of the text, or of the last text that was one. */
  @state() private spec: Spec | null = null;
  /** The text is no JSON now. */
  @state() private broken = false;
  /** Apply was asked for while there are errors: they are then said aloud. */
  @state() private refused = false;

  #view: CodeView | null = null;
  #applied = "";

  protected override follow(lesson: Learner): void {
    this.whenSeen((seen) => {
      if (seen && !this.#view) this.#begin(lesson);
    });
    this.listen(() => {
      this.#view?.remove();
      this.#view = null;
    });
  }

  protected override updated(_changed: PropertyValues): void {
    const text = this.lesson?.text ?? "";
    if (!this.#view || text === this.#applied) return;
    this.#applied = text;
    this.#view.text = pretty(text);
  }

  protected override render(): unknown {
    const { check, lesson } = this;
    const ready = lesson?.model != null && this.#view !== null && !lesson.locked("editor");
    // Above the views: what a check says makes them taller or shorter, maybe between press and release of a button.
    return html`
      <div class="row">
        <button type="button" ?disabled=${!ready} title="Ctrl+Enter" @click=${this.#apply}>Apply</button>
        <button type="button" ?disabled=${!ready} @click=${this.#format}>Format</button>
        <button type="button" ?disabled=${!ready} @click=${this.#revert}>Revert</button>
        <span class="facts"> ${check?.ok ? total(check) : nothing} </span>
      </div>
      <div class="news">${notices(lesson, "editor")}</div>
      <div class="views">
        ${
          this.spec
            ? html`<livegrad-network-form
                class=${this.broken ? "old" : ""}
                .spec=${this.spec}
                .check=${this.broken ? null : check}
                ?locked=${!ready || this.broken}
                @edit=${(event: CustomEvent<Spec>) => this.#edit(event.detail)}
              ></livegrad-network-form>`
            : html`<div></div>`
        }
        <div>
          <div class="frame"></div>
          ${check?.ok === false ? this.#errors(check.errors) : nothing}
        </div>
      </div>
    `;
  }

  #errors(errors: readonly SpecError[]): unknown {
    return html`<ul class="errors" role=${this.refused ? "alert" : nothing}>
      ${errors.map(
        (error) =>
          html`<li class="notice">
            <p>${specSentence(error)}</p>
            <button class="plain" type="button" @click=${() => this.#view?.goTo(error.from)}>
              Line ${error.line}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  #begin(lesson: Learner): void {
    this.#applied = lesson.text;
    const text = pretty(lesson.text);
    this.#view = new CodeView({
      parent: this.frame,
      text,
      check: async (text) => {
        await this.#examine(text);
        return this.check?.ok === false ? this.check.errors : [];
      },
      changed: (text) => this.#read(text),
      apply: () => void this.#apply(),
    });
    this.#read(text);
    this.requestUpdate();
  }

  /** The form follows the text. */
  #read(text: string): void {
    try {
      const spec = JSON.parse(text) as Spec;
      this.broken = !Array.isArray(spec.layers) || !(Array.isArray(spec.input) || "sequence" in spec.input);
      if (!this.broken) this.spec = spec;
    } catch {
      this.broken = true;
    }
  }

  /** The text follows the form. */
  #edit(spec: Spec): void {
    if (!this.#view) return;
    const text = formatSpec(spec);
    this.#view.text = text;
    void this.#examine(text);
  }

  async #examine(text: string): Promise<void> {
    const check = (await this.lesson?.session?.checkSpec(text)) ?? null;
    if (text !== this.#view?.text) return;
    this.check = check;
    if (check?.ok) this.refused = false;
  }

  async #apply(): Promise<void> {
    const lesson = this.lesson;
    const text = this.#view?.text;
    if (!lesson?.session || lesson.locked("editor") || text === undefined) return;
    this.check = await lesson.session.checkSpec(text);
    this.refused = !this.check.ok;
    if (!this.check.ok) {
      await this.updateComplete;
      this.renderRoot.querySelector(".errors")?.scrollIntoView({ block: "nearest" });
      return;
    }
    this.#applied = text;
    await lesson.applyNetwork(text);
  }

  #format(): void {
    if (this.#view) this.#view.text = pretty(this.#view.text);
  }

  #revert(): void {
    if (this.#view) this.#view.text = pretty(this.lesson?.text ?? "");
  }
}

function total({ layers, parameterCount }: Extract<SpecCheck, { ok: true }>): string {
  const work = layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  return `${plural(layers.length, "layer")}, ${plural(parameterCount, "weight")}, ${plural(work, "multiply-add")} an example`;
}

/** Text that is no JSON yet stays as it is. */
function pretty(text: string): string {
  try {
    return formatSpec(JSON.parse(text));
  } catch {
    return text;
  }
}
