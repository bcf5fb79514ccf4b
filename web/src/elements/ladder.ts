import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { LessonElement } from "./base";
import { formatPercent, plural } from "./format";
import type { Lesson, NetworkName } from "./lesson";
import { networks } from "./networks";
import { notices } from "./notice";

/** The ladder of networks, from the simplest to the best. A network that one leaves is kept as it is. */
@customElement("livegrad-ladder")
export class LivegradLadder extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      fieldset {
        display: grid;
        grid-auto-columns: minmax(0, 1fr);
        grid-auto-flow: column;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      label {
        position: relative;
        display: block;
        padding: 12px 16px;
        border-left: 1px solid var(--line);
        cursor: pointer;
        font-weight: 400;
      }
      label:first-of-type {
        border-left: 0;
      }
      label:hover {
        background: var(--well);
      }
      input {
        position: absolute;
        opacity: 0;
        inset: 0;
        margin: 0;
        cursor: pointer;
      }
      .title {
        display: block;
        font-weight: 600;
        font-size: 15px;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      label:has(:checked) {
        background: var(--accent-wash);
        box-shadow: inset 0 -3px var(--accent);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--accent);
        outline-offset: -2px;
      }
      .facts {
        display: block;
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
      .about {
        margin-top: 8px;
        color: var(--ink-soft);
        font-size: 14px;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
      @media (max-width: 1099px) {
        fieldset {
          grid-auto-flow: row;
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
        label:nth-of-type(n + 4) {
          border-top: 1px solid var(--line);
        }
        label:nth-of-type(3n + 1) {
          border-left: 0;
        }
      }
      @media (max-width: 599px) {
        fieldset {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
        label {
          padding: 8px 12px;
        }
        .title {
          font-size: 14px;
        }
        label:nth-of-type(3n + 1) {
          border-left: 1px solid var(--line);
        }
        label:nth-of-type(2n + 1) {
          border-left: 0;
        }
        label:nth-of-type(n + 3) {
          border-top: 1px solid var(--line);
        }
      }
      @media (forced-colors: active) {
        label:has(:checked) {
          outline: 3px solid;
          outline-offset: -3px;
        }
      }
    `,
  ];

  #weights = new Map<NetworkName, number>();
  #asked = false;

  protected override follow(lesson: Lesson): void {
    this.listen(lesson.on("change", () => void this.#count(lesson)));
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    return html`
      <fieldset ?disabled=${lesson?.locked("network")}>
        <legend class="unseen">Network</legend>
        ${networks.map(({ id, title, idea, expected }) =>
          this.#rung(id, title, `${title}: ${idea}`, `reaches ${formatPercent(expected)}`),
        )}
        ${lesson?.hasCustom ? this.#rung("custom", "Your own", "Edited, or from a file", "edited or opened") : nothing}
      </fieldset>
      <p class="about">${description(lesson?.text ?? "")}</p>
      <div class="below">${notices(lesson, "network")}</div>
    `;
  }

  #rung(net: NetworkName, title: string, about: string, note: string): unknown {
    const lesson = this.lesson;
    const weights = this.#weights.get(net);
    const choose = (): void => void lesson?.chooseNetwork(net);
    const coming = lesson?.choosing === net && lesson.net !== net;
    return html`<label title=${about}>
      <input
        type="radio"
        name="network"
        value=${net}
        .checked=${live((lesson?.choosing ?? lesson?.net) === net)}
        @change=${choose}
      />
      <span class="title">${title}</span>
      <span class="facts">${weights === undefined ? "…" : plural(weights, "weight")}</span>
      <span class="facts">${coming ? "getting ready …" : note}</span>
    </label>`;
  }

  /** Weights of every network, once the first of them is on screen. */
  async #count(lesson: Lesson): Promise<void> {
    if (lesson.net === "custom" && lesson.model) this.#weights.set("custom", lesson.model.parameterCount);
    if (this.#asked || !lesson.ready || !lesson.session) return;
    this.#asked = true;
    for (const { id, text } of networks) {
      const check = await lesson.session.checkSpec(text);
      if (check.ok) this.#weights.set(id, check.parameterCount);
      this.requestUpdate();
    }
  }
}

/** What the author of a network says of it. */
function description(text: string): string {
  return text ? ((JSON.parse(text) as { description?: string }).description ?? "") : "";
}
