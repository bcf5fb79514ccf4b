import { del, get, set } from "idb-keyval";
import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import type { Learner } from "./learner";
import { storageTrouble } from "./storage";

/** While learning, milliseconds between two copies. */
const kEvery = 20_000;

/** A copy of a network, as it lies in the browser's storage. */
interface Copy {
  readonly network: string;
  readonly step: number;
  readonly data: unknown;
  readonly file: Uint8Array;
}

/**
 * Keeps a copy of the network that learns in the browser's storage, while it learns and whenever it pauses, and offers the
 * copy after a reload or a crash: learning goes on exactly where the copy was made.
 */
@customElement("livegrad-autosave")
export class LivegradAutosave extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        display: contents;
      }
      .kept {
        color: var(--ink-soft);
        font-size: 13px;
      }
    `,
  ];

  /** What an earlier visit left. */
  @state() private found: Copy | null = null;
  /** The step of the last copy of this visit. */
  @state() private kept: number | null = null;
  /** Why there are no copies. */
  @state() private trouble = "";

  protected override follow(lesson: Learner): void {
    void this.#find();
    const keep = this.atMostEvery(kEvery, () => this.#keep(lesson));
    this.listen(lesson.on("tick", keep));
    // A pause, and leaving the page, are moments to keep at once.
    this.listen(lesson.on("tick", ({ state }) => state !== "running" && void this.#keep(lesson)));
    const leave = (): void => {
      if (document.visibilityState === "hidden") void this.#keep(lesson);
    };
    document.addEventListener("visibilitychange", leave);
    this.listen(() => document.removeEventListener("visibilitychange", leave));
  }

  protected override render(): unknown {
    const { found, kept, trouble } = this;
    if (trouble) return html`<p class="kept">${trouble}</p>`;
    if (found)
      return html`<div class="notice calm" role="status">
        <p>Kept from before: ${found.network} at step ${formatCount(found.step)}.</p>
        <button class="plain" type="button" ?disabled=${!this.lesson?.ready} @click=${this.#resume}>
          Go on with it
        </button>
        <button class="plain" type="button" @click=${this.#forget}>Forget it</button>
      </div>`;
    return kept === null
      ? nothing
      : html`<p class="kept">Kept in this browser up to step ${formatCount(kept)}.</p>`;
  }

  async #find(): Promise<void> {
    await this.#storage(async () => {
      this.found = (await get<Copy>(key())) ?? null;
    });
  }

  async #keep(lesson: Learner): Promise<void> {
    const { model } = lesson;
    if (!model || model.step === 0 || model.step === this.kept || this.trouble) return;
    // A copy on offer is not written over by a network that has learned less.
    if (this.found && model.step <= this.found.step) return;
    this.kept = model.step;
    const { source: data } = lesson;
    const file = await lesson.quietly(() => model.save());
    if (!file) return;
    this.found = null;
    const copy: Copy = { network: model.spec.name ?? "a network", step: this.kept, data, file };
    await this.#storage(() => set(key(), copy));
  }

  async #resume(): Promise<void> {
    const { lesson, found } = this;
    if (!lesson || !found) return;
    await lesson.takeUp("the copy in this browser", found.file, found.data);
    this.found = null;
  }

  async #forget(): Promise<void> {
    this.found = null;
    await this.#storage(() => del(key()));
  }

  async #storage(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.trouble = storageTrouble(error, "save to a file what you want to keep.");
    }
  }
}

/** Pages keep their networks apart. */
function key(): string {
  return `livegrad ${location.pathname}`;
}
