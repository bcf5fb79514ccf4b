import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import { notices } from "./notice";
import type { TextLesson } from "./text-lesson";

/** The same loss in the three units that people use. */
@customElement("livegrad-measures")
export class LivegradMeasures extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    css`
      table {
        width: 100%;
        max-width: 480px;
        border-collapse: collapse;
        font-size: 14px;
      }
      th,
      td {
        padding: 6px 0 6px 12px;
        border-bottom: 1px solid var(--line);
        text-align: right;
        font-weight: 400;
      }
      th:first-child {
        padding-left: 0;
        text-align: left;
      }
      thead th {
        color: var(--ink-soft);
        font-size: 13px;
      }
      td {
        font-weight: 500;
      }
      .note {
        margin: 8px 0 12px;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @state() private progress: { done: number; total: number } | null = null;
  #stop: AbortController | null = null;

  protected override follow(lesson: TextLesson): void {
    const refresh = this.atMostEvery(250, () => this.requestUpdate());
    this.listen(lesson.on("tick", refresh));
  }

  protected override render(): unknown {
    const { lesson, progress } = this;
    const { recent, heldOut } = lesson ?? {};
    return html`
      <table>
        <thead>
          <tr>
            <th scope="col">Loss a character</th>
            <th scope="col">nats</th>
            <th scope="col">bits</th>
            <th scope="col">perplexity</th>
          </tr>
        </thead>
        <tbody>
          ${row("training text", recent?.loss)} ${row("held-out text", heldOut?.loss)}
        </tbody>
      </table>
      <p class="note">
        ${
          heldOut
            ? `Held out: the mean over ${formatCount(heldOut.characters)} characters that it never learns from.`
            : "Held-out text is scored while it learns, about every tenth of a pass."
        }
        A perplexity of 4 is to be as unsure as between 4 equally likely characters.
      </p>
      <div class="work">
        ${
          progress
            ? html`<button class="small" type="button" @click=${() => this.#stop?.abort()}>Stop</button>
                <progress
                  aria-label="Scoring"
                  max="1"
                  value=${progress.total > 0 ? progress.done / progress.total : nothing}
                ></progress>`
            : html`<button class="small" type="button" ?disabled=${!lesson?.ready} @click=${this.#score}>
                Score all held-out text
              </button>`
        }
      </div>
      <div class="below">${notices(lesson, "test")}</div>
    `;
  }

  async #score(): Promise<void> {
    this.#stop = new AbortController();
    this.progress = { done: 0, total: 0 };
    await this.lesson?.scoreHeldOut(this.#stop.signal, (done, total) => (this.progress = { done, total }));
    this.progress = null;
  }
}

function row(name: string, loss: number | undefined): unknown {
  const cell = (value: number | undefined, digits: number): string =>
    value === undefined ? "–" : value.toFixed(digits);
  const nats = loss === undefined || !Number.isFinite(loss) ? undefined : loss;
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${cell(nats, 3)}</td>
    <td>${cell(nats === undefined ? undefined : nats / Math.LN2, 3)}</td>
    <td>${cell(nats === undefined ? undefined : Math.exp(nats), 2)}</td>
  </tr>`;
}
