import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { messageSW, Workbox } from "workbox-window";
import { LessonElement } from "../elements/base";
import type { Learner } from "../elements/learner";
import type { Answers } from "./service-worker";

/** Lets the site be used without a network: says when it can be, and offers a new version when there is one. */
@customElement("livegrad-offline")
export class LivegradOffline extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        color: var(--ink-soft);
        font-size: 13px;
      }
      .notice {
        position: fixed;
        inset: auto 16px 16px auto;
        z-index: 2;
        max-width: min(480px, 100vw - 32px);
        color: var(--ink);
        box-shadow: 0 2px 12px rgb(0 0 0 / 25%);
      }
    `,
  ];

  @state() private said = "";
  /** The version that waits until this one is gone. */
  @state() private next: ServiceWorker | null = null;
  /** It could not take over yet. */
  @state() private otherTabs = false;
  #replacing = false;

  protected override follow(): void {
    void this.#keep();
  }

  protected override render(): unknown {
    return html`<span role="status">${this.said}</span>${this.next ? this.#offer() : nothing}`;
  }

  #offer(): unknown {
    return html`<div class="notice calm" role="status">
      <p>
        A new version of livegrad is there.
        ${
          this.otherTabs
            ? "Other tabs still use this one: close them, then reload."
            : "Reload when it suits you: what learns is kept in this browser first."
        }
      </p>
      <button class="plain" type="button" @click=${this.#replace}>Reload</button>
      <button class="plain" type="button" @click=${() => (this.next = null)}>Later</button>
    </div>`;
  }

  async #keep(): Promise<void> {
    const site = new Workbox("./service-worker.js");
    site.addEventListener("waiting", ({ sw }) => (this.next = sw ?? null));
    site.addEventListener("controlling", () => this.#replacing && location.reload());
    try {
      await site.register();
      const { active } = await navigator.serviceWorker.ready;
      const kept = await this.#ask(active!, "keep");
      this.said = kept ? "Ready for offline use." : "Not ready for offline use: some of it did not arrive.";
    } catch {
      // A browser that keeps nothing, as in private windows, works with its network alone.
    }
  }

  async #replace(): Promise<void> {
    await this.lesson?.pause();
    this.#replacing = true;
    this.otherTabs = !(await this.#ask(this.next!, "replace"));
  }

  #ask<Q extends keyof Answers>(worker: ServiceWorker, question: Q): Promise<Answers[Q]> {
    return messageSW(worker, question as unknown as object) as Promise<Answers[Q]>;
  }
}

document.querySelector("livegrad-build")!.after(new LivegradOffline());
