import { html, LitElement, css } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Session } from "../api";
import { isDataName } from "./data-shelf";
import { Lesson, type Link } from "./lesson";
import { isNetworkId } from "./networks";

/**
 * A session and everything around it that belongs to it: computes in a worker, owns the network and its data.
 *
 *     <livegrad-session net="cnn" data="drawn" seed="7"> <livegrad-controls></livegrad-controls> … </livegrad-session>
 */
@customElement("livegrad-session")
export class LivegradSession extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
  `;

  /** A network of the ladder. */
  @property() net = "convnetjs-mnist";
  /** "mnist", "fashion-mnist", "cifar-10", or "drawn": digits drawn by the program. */
  @property() data: string = "mnist";
  @property({ type: Number }) seed = 1;
  /** Only the build whose bits are the same everywhere. */
  @property({ type: Boolean }) exact = false;
  /** Folder of the data sets. */
  @property({ attribute: "data-url" }) dataUrl: string | undefined = undefined;

  /** What else the page's address says. */
  @property({ attribute: false }) link: Promise<Link> | undefined = undefined;

  /** What computes, where it has been started before this element was there. */
  @property({ attribute: false }) started: Promise<Session> | undefined = undefined;

  readonly lesson = new Lesson();

  protected override firstUpdated(): void {
    void this.lesson.start({
      net: isNetworkId(this.net) ? this.net : "convnetjs-mnist",
      data: isDataName(this.data) ? this.data : "mnist",
      seed: Number.isSafeInteger(this.seed) && this.seed >= 0 ? this.seed : 1,
      exact: this.exact,
      dataUrl: this.dataUrl,
      link: this.link,
      session: this.started,
    });
  }

  protected override render(): unknown {
    return html`<slot></slot>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "livegrad-session": LivegradSession;
  }
}
