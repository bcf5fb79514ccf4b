import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import type { DataName } from "./data-shelf";
import { notices } from "./notice";

const names: Record<DataName, string> = { mnist: "MNIST", drawn: "Drawn digits" };

/** What the network learns from, and where that comes from. */
@customElement("livegrad-data")
export class LivegradData extends LessonElement {
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
      progress {
        width: 160px;
        height: 8px;
        accent-color: var(--accent);
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @query("#data") private names!: HTMLSelectElement;

  protected override updated(_changed: PropertyValues): void {
    // Once a reader has chosen, only this property moves the choice.
    if (this.lesson && !this.lesson.loading) this.names.value = this.lesson.dataName;
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    const { dataset, loading } = lesson ?? {};
    return html`
      <div class="row">
        <label for="data">Data</label>
        <select id="data" ?disabled=${!lesson?.session || lesson.locked("data")} @change=${this.#choose}>
          ${Object.entries(names).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
        </select>
        ${loading ? this.#progress(loading) : nothing}
        ${
          dataset && !loading
            ? html`<span class="soft">
                ${formatCount(dataset.size.training)} images to learn from, ${formatCount(dataset.size.test)}
                to test on; ${dataset.origin === "real" ? "handwritten" : dataset.origin}
              </span>`
            : nothing
        }
      </div>
      <div class="below">${notices(lesson, "data")}</div>
    `;
  }

  #progress({ what, done, total }: { what: string; done: number; total: number }): unknown {
    return html`<span class="soft">${what} …</span>
      <progress aria-label=${what} max="1" value=${total > 0 ? done / total : nothing}></progress>`;
  }

  #choose(event: Event): void {
    void this.lesson?.chooseData((event.target as HTMLSelectElement).value as DataName);
  }
}
