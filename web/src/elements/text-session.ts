import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { TextLesson } from "./text-lesson";

/**
 * A session whose network learns to write, and everything around it that belongs to it.
 *
 *     <livegrad-text-session net="gru-2x128" text="sums"> <livegrad-controls></livegrad-controls> … </livegrad-text-session>
 */
@customElement("livegrad-text-session")
export class LivegradTextSession extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
  `;

  /** "rnn", "gru" or "lstm", layers and width: "lstm-1x128". */
  @property() net: string | null = null;
  /** "shakespeare", or a language that the program writes: "dates", "sums" … */
  @property() text: string | null = null;
  @property({ type: Number }) seed = 1;
  /** Only the build whose bits are the same everywhere. */
  @property({ type: Boolean }) exact = false;
  /** Folder of the data. */
  @property({ attribute: "data-url" }) dataUrl: string | undefined = undefined;

  readonly lesson = new TextLesson();

  protected override firstUpdated(): void {
    const { net, text, exact, dataUrl } = this;
    const seed = Number.isSafeInteger(this.seed) && this.seed >= 0 ? this.seed : 1;
    void this.lesson.start({ net, text, seed, exact, dataUrl });
  }

  protected override render(): unknown {
    return html`<slot></slot>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "livegrad-text-session": LivegradTextSession;
  }
}
