import { css, html, LitElement, type PropertyValues, unsafeCSS } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import element from "../styles/element.css?inline";
import tokens from "../styles/tokens.css?inline";

/** One thing to look at, and what to know of it. */
export interface TourStep {
  /** Selects it on the page; a step whose place is hidden is left out. */
  readonly at: string;
  readonly title: string;
  readonly text: string;
}

/** Pixels between the card and what it points at. */
const kGap = 16;

/**
 * A walk over the page, a card at each stop. Arrow keys and buttons go on and back, Escape ends it; the page stays usable
 * meanwhile. Sends "end" when it is over.
 */
@customElement("livegrad-tour")
export class LivegradTour extends LitElement {
  static override styles = [
    css`
      ${unsafeCSS(tokens)}
    `,
    css`
      ${unsafeCSS(element)}
    `,
    css`
      :host {
        position: fixed;
        inset: 0;
        z-index: 10;
        pointer-events: none;
      }
      .frame {
        position: fixed;
        border: 3px solid var(--accent);
        border-radius: 10px;
      }
      .card {
        position: fixed;
        width: min(360px, calc(100vw - 32px));
        padding: 16px;
        border: 1px solid var(--edge);
        border-radius: 8px;
        background: var(--panel);
        box-shadow: 0 8px 32px rgb(0 0 0 / 25%);
        pointer-events: auto;
      }
      .card:focus-visible {
        outline: 2px solid var(--accent);
        outline-offset: 2px;
      }
      p {
        margin: 4px 0 12px;
      }
      .row {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .row span {
        flex: 1;
        color: var(--ink-soft);
        font-size: 13px;
      }
    `,
  ];

  @property({ attribute: false }) steps: readonly TourStep[] = [];
  @state() private at = 0;
  @query(".card") private card!: HTMLElement;
  @query(".frame") private frame!: HTMLElement;
  #stops: readonly TourStep[] = [];
  #before: Element | null = null;
  #frameRequest = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
    this.#stops = this.steps.filter(({ at }) => document.querySelector(at)?.checkVisibility());
    const follow = (): void => {
      this.#place();
      this.#frameRequest = requestAnimationFrame(follow);
    };
    void this.updateComplete.then(follow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frameRequest);
    if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("at")) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#target?.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
    this.#place();
    this.card.focus({ preventScroll: true });
  }

  protected override render(): unknown {
    const stop = this.#stops[this.at];
    if (!stop)
      return html`<div class="frame"></div>
        <div class="card" tabindex="-1"></div>`;
    const last = this.at === this.#stops.length - 1;
    return html`
      <div class="frame"></div>
      <div
        class="card"
        role="dialog"
        tabindex="-1"
        aria-labelledby="title"
        aria-describedby="text"
        @keydown=${this.#key}
      >
        <div aria-live="polite">
          <h2 id="title">${stop.title}</h2>
          <p id="text">${stop.text}</p>
        </div>
        <div class="row">
          <span>${this.at + 1} of ${this.#stops.length}</span>
          <button class="small" type="button" @click=${this.#end}>${last ? "Done" : "End the tour"}</button>
          <button class="small" type="button" ?disabled=${this.at === 0} @click=${() => this.#go(-1)}>
            Back
          </button>
          <button class="small" type="button" ?disabled=${last} @click=${() => this.#go(1)}>Next</button>
        </div>
      </div>
    `;
  }

  get #target(): Element | null {
    const stop = this.#stops[this.at];
    return stop ? document.querySelector(stop.at) : null;
  }

  /** Beside what it points at, as far as the window has room: below, above, else over its lower edge. */
  #place(): void {
    const box = this.#target?.getBoundingClientRect();
    if (!box || !this.card) return;
    const { innerWidth, innerHeight } = window;
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const below = box.bottom + kGap;
    const above = box.top - kGap - height;
    const top = below + height <= innerHeight ? below : above >= 0 ? above : innerHeight - height - kGap;
    const left = Math.min(Math.max(kGap, box.left), innerWidth - width - kGap);
    put(this.card, { left, top: Math.max(kGap, top) });
    put(this.frame, { left: box.left - 6, top: box.top - 6, width: box.width + 12, height: box.height + 12 });
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") this.#end();
    else if (event.key === "ArrowRight") this.#go(1);
    else if (event.key === "ArrowLeft") this.#go(-1);
    else return;
    event.preventDefault();
  }

  #go(by: number): void {
    this.at = Math.min(this.#stops.length - 1, Math.max(0, this.at + by));
  }

  #end(): void {
    this.dispatchEvent(new Event("end"));
    this.remove();
  }
}

/** Style properties, not attributes: a strict policy forbids those. */
function put(element: HTMLElement, places: Record<string, number>): void {
  for (const [name, value] of Object.entries(places))
    element.style.setProperty(name, `${Math.round(value)}px`);
}
