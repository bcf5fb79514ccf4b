import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { areDigits } from "./fitting";
import { formatCount, plural } from "./format";
import { type DataName, dataTitles } from "./data-shelf";
import type { Lesson } from "./lesson";
import { notices } from "./notice";

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
  /** The panel of the reader's own pictures is open. */
  @state() private own = false;
  #brought: Lesson["brought"] = [];

  protected override willUpdate(_changed: PropertyValues): void {
    const { brought = this.#brought } = this.lesson ?? {};
    if (brought !== this.#brought && brought.length > 0) this.#openOwn();
    this.#brought = brought;
  }

  protected override updated(_changed: PropertyValues): void {
    // Once a reader has chosen, only this property moves the choice.
    if (this.lesson && !this.lesson.loading) this.names.value = this.own ? "own" : this.lesson.dataName;
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    const { dataset, loading, arriving } = lesson ?? {};
    return html`
      <div class="row">
        <label for="data">Data</label>
        <select id="data" ?disabled=${!lesson?.session || lesson.locked("data")} @change=${this.#choose}>
          ${Object.entries(dataTitles).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
        </select>
        ${loading ? this.#progress(loading) : nothing}
        ${
          dataset && arriving && !loading
            ? html`${this.#progress({
                  what: `${formatCount(dataset.arrived.training)} of ${formatCount(dataset.size.training)} images to learn from are here`,
                  ...arriving,
                })}
                <span class="soft" role="status"
                  >${lesson?.errors.has("data") ? nothing : arriving.trouble}</span
                >`
            : nothing
        }
        ${
          dataset && !loading && !arriving
            ? html`<span class="soft">
                ${formatCount(dataset.size.training)} images to learn from, ${formatCount(dataset.size.test)}
                to test
                on${lesson?.mixed && areDigits(dataset) ? `; ${plural(lesson.mixed.pictures.labels.length, "digit")} of yours among them` : ""}${dataset.origin === "real" ? (lesson?.dataName === "mnist" ? "; handwritten" : "") : `; ${dataset.origin}`}
              </span>`
            : nothing
        }
      </div>
      ${this.own ? html`<livegrad-own-data .files=${this.#brought}></livegrad-own-data>` : nothing}
      <div class="below">${notices(lesson, "data")}${this.#offer()}</div>
    `;
  }

  #progress({ what, done, total }: { what: string; done: number; total: number }): unknown {
    return html`<span class="soft">${what} …</span>
      <progress aria-label=${what} max="1" value=${total > 0 ? done / total : nothing}></progress>`;
  }

  /** Data that need another network. */
  #offer(): unknown {
    const { lesson } = this;
    const unfit = lesson?.unfit;
    if (!lesson || !unfit) return nothing;
    return html`<div class="notice calm" role="status">
      <p>${unfit.why} It can be changed to fit; the one on screen waits as it is.</p>
      <button
        class="plain"
        type="button"
        ?disabled=${lesson.locked("network")}
        @click=${() => lesson.chooseData(unfit.name, { fit: true })}
      >
        Change the network
      </button>
      <button class="plain" type="button" @click=${() => lesson.dismissUnfit()}>Not now</button>
    </div>`;
  }

  #openOwn(): void {
    this.own = true;
    void import("./own-data");
  }

  #choose(event: Event): void {
    const name = (event.target as HTMLSelectElement).value as DataName;
    this.own = false;
    if (name === "own") this.#openOwn();
    else void this.lesson?.chooseData(name);
  }
}
