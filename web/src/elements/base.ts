import { css, LitElement, unsafeCSS } from "lit";
import { property } from "lit/decorators.js";
import element from "../styles/element.css?inline";
import tokens from "../styles/tokens.css?inline";
import type { Learner } from "./learner";
import type { Lesson } from "./lesson";

/** What holds a lesson: <livegrad-session>, <livegrad-text-session>. */
type Holder = HTMLElement & { readonly lesson: Learner };
const kHolders = ["livegrad-session", "livegrad-text-session"];

/**
 * An element that shows or steers a session: the one whose id is in its `for` attribute, else the one around it, else the first
 * on the page.
 */
export abstract class LessonElement<L extends Learner = Lesson> extends LitElement {
  static override styles = [
    css`
      ${unsafeCSS(tokens)}
    `,
    css`
      ${unsafeCSS(element)}
    `,
  ];

  /** Id of the session. */
  @property() for: string | null = null;

  protected lesson: L | null = null;
  #stop: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#attach();
  }

  async #attach(): Promise<void> {
    await null; // the session may come into the page right after
    const holder = this.#find();
    if (!holder) return;
    await customElements.whenDefined(holder.localName);
    if (!this.isConnected || this.lesson) return;
    this.lesson = holder.lesson as L;
    this.listen(this.lesson.on("change", () => this.requestUpdate()));
    this.follow(this.lesson);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop) stop();
    this.#stop = [];
    this.lesson = null;
  }

  /** Called once the session is found: where an element starts to listen to more than changes. */
  protected follow(_lesson: L): void {}

  /** Ends with the element. */
  protected listen(stop: () => void): void {
    this.#stop.push(stop);
  }

  /** Asks for work that is done at most every `milliseconds` and never twice at once; the last request is always served. */
  protected atMostEvery(milliseconds: number, work: () => void | Promise<void>): () => void {
    let timer = 0;
    let last = -Infinity;
    let busy = false;
    let again = false;
    const run = async (): Promise<void> => {
      timer = 0;
      busy = true;
      again = false;
      await this.lesson?.quietly(async () => work());
      busy = false;
      last = performance.now();
      if (again) ask();
    };
    const ask = (): void => {
      if (busy) again = true;
      else
        timer ||= window.setTimeout(() => void run(), Math.max(0, last + milliseconds - performance.now()));
    };
    this.listen(() => clearTimeout(timer));
    return ask;
  }

  /** Tells when the element comes on screen and leaves it. */
  protected whenSeen(tell: (seen: boolean) => void): void {
    const observer = new IntersectionObserver((entries) => tell(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: "64px",
    });
    observer.observe(this);
    this.listen(() => observer.disconnect());
  }

  #find(): Holder | null {
    const selector = kHolders
      .map((name) => (this.for ? `${name}[id="${CSS.escape(this.for)}"]` : name))
      .join();
    return (this.for ? null : this.closest<Holder>(selector)) ?? document.querySelector<Holder>(selector);
  }
}
