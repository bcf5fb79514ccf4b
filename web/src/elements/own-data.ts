import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount, formatShape, plural } from "./format";
import type { Brought } from "./learner";
import { readOwn } from "./own-files";
import { forgetPictures, keepPictures, type KeptPictures, keptPictures } from "./own-kept";
import type { PictureFiles, PictureTable } from "./own-kinds";
import { toPixels } from "./own-pixels";
import { segments } from "./segments";
import { storageTrouble } from "./storage";

/** Pictures of the reader's own to learn from: class folders, a zip file of them, CSV or IDX files. Nothing leaves the device. */
@customElement("livegrad-own-data")
export class LivegradOwnData extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        margin-top: 12px;
        padding: 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin-top: 12px;
        font-size: 14px;
      }
      .about {
        max-width: 72ch;
        color: var(--ink-soft);
        font-size: 14px;
      }
      .found {
        margin-top: 16px;
        padding-top: 16px;
        border-top: 1px solid var(--line);
        font-size: 14px;
      }
      .found ul {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        margin-top: 4px;
        max-height: 96px;
        overflow-y: auto;
      }
      .row label.field {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      input[type="number"] {
        width: 72px;
      }
      progress {
        width: 160px;
        height: 8px;
        accent-color: var(--accent);
      }
      .notice {
        margin-top: 12px;
      }
    `,
  ];

  /** What was dropped on the page. */
  @property({ attribute: false }) files: readonly Brought[] = [];
  @state() private found: PictureFiles | PictureTable | null = null;
  @state() private busy: { readonly what: string; readonly done: number; readonly total: number } | null =
    null;
  @state() private trouble = "";
  /** What was left out. */
  @state() private note = "";
  @state() private side = 28;
  @state() private colour = false;
  @state() private heldOut = 20;
  /** What an earlier visit left. */
  @state() private kept: KeptPictures | null = null;
  @query("#files") private fileInput!: HTMLInputElement;
  @query("#folder") private folderInput!: HTMLInputElement;
  #work = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#work.abort();
  }

  protected override firstUpdated(): void {
    // A browser that keeps nothing has kept nothing.
    void keptPictures().then(
      (kept) => (this.kept = kept ?? null),
      () => {},
    );
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("files") && this.files.length > 0) void this.#read(this.files);
  }

  protected override render(): unknown {
    const { busy } = this;
    return html`
      <p class="about">
        Bring pictures in folders named after their classes (<code>cats/1.png</code>,
        <code>dogs/1.png</code>), as a folder or a zip file; or a CSV file, a line for each picture with its
        label and pixels; or IDX files, as MNIST's. Choose them here or drop them on the page. Nothing leaves
        this device.
      </p>
      <div class="row">
        <button class="small" type="button" ?disabled=${busy !== null} @click=${() => this.fileInput.click()}>
          Choose files
        </button>
        <button
          class="small"
          type="button"
          ?disabled=${busy !== null}
          @click=${() => this.folderInput.click()}
        >
          Choose a folder
        </button>
        <input
          id="files"
          type="file"
          hidden
          multiple
          aria-label="Files of pictures"
          @change=${this.#choose}
        />
        <input
          id="folder"
          type="file"
          hidden
          webkitdirectory
          aria-label="Folder of pictures"
          @change=${this.#choose}
        />
        ${
          busy
            ? html`<span class="soft">${busy.what} …</span
                ><progress
                  aria-label=${busy.what}
                  max="1"
                  value=${busy.total > 0 ? busy.done / busy.total : nothing}
                ></progress>`
            : nothing
        }
      </div>
      ${this.trouble ? html`<div class="notice" role="alert"><p>${this.trouble}</p></div>` : nothing}
      ${this.note ? html`<div class="notice calm" role="status"><p>${this.note}</p></div>` : nothing}
      ${this.found ? this.#choices(this.found) : this.#again()}
    `;
  }

  /** What was kept and is not learned from. */
  #again(): unknown {
    const { kept, lesson } = this;
    if (!kept) return nothing;
    return html`<div class="row" role="group" aria-label="Kept pictures">
      <span
        >Kept in this browser: <strong>${kept.name}</strong>, ${plural(kept.pictures, "picture")} in
        ${kept.classes} classes</span
      >
      ${
        lesson?.dataName === "own"
          ? nothing
          : html`<button
              class="small"
              type="button"
              ?disabled=${!lesson?.session}
              @click=${() => void lesson?.chooseData("own")}
            >
              Learn from them
            </button>`
      }
      <button class="plain" type="button" @click=${this.#forget}>Forget them</button>
    </div>`;
  }

  async #forget(): Promise<void> {
    this.kept = null;
    await this.#try("Forgetting", forgetPictures);
  }

  #choices(found: PictureFiles | PictureTable): unknown {
    const labels =
      found.kind === "files" ? found.files.map(({ label }) => label) : [...found.training.labels];
    const counts = found.classes.map(() => 0);
    for (const label of labels) counts[label]!++;
    return html`<div class="found" role="group" aria-label="What was found">
      <p>
        <strong>${found.name}</strong>: ${plural(labels.length, "picture")} in ${found.classes.length}
        classes${found.kind === "table" ? `, ${formatShape(found.shape)}` : ""}
      </p>
      <ul>
        ${found.classes.map((name, i) => html`<li>${name} <span class="soft">${formatCount(counts[i]!)}</span></li>`)}
      </ul>
      <div class="row">
        ${
          found.kind === "files"
            ? html`<label class="field"
                  >Pixels each way
                  <input type="number" min="8" max="96" .value=${String(this.side)} @change=${this.#setSide}
                /></label>
                ${segments(
                  "Colours",
                  [
                    ["grey", "Grey"],
                    ["colour", "Colour"],
                  ],
                  this.colour ? "colour" : "grey",
                  (value) => (this.colour = value === "colour"),
                )}`
            : nothing
        }
        ${
          found.kind === "table" && found.test
            ? html`<span class="soft">${plural(found.test.labels.length, "picture")} to test on</span>`
            : html`<label class="field"
                >Held out for testing, %
                <input
                  type="number"
                  min="5"
                  max="90"
                  .value=${String(this.heldOut)}
                  @change=${this.#setHeldOut}
              /></label>`
        }
        <button
          class="small"
          type="button"
          ?disabled=${this.busy !== null}
          @click=${() => this.#learn(found)}
        >
          Learn from them
        </button>
      </div>
    </div>`;
  }

  #setSide(event: Event): void {
    this.side = within(event.target as HTMLInputElement, 8, 96, this.side);
  }

  #setHeldOut(event: Event): void {
    this.heldOut = within(event.target as HTMLInputElement, 5, 90, this.heldOut);
  }

  #choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])].map((file) => ({
      path: file.webkitRelativePath || file.name,
      file,
    }));
    input.value = "";
    if (files.length > 0) void this.#read(files);
  }

  async #read(files: readonly Brought[]): Promise<void> {
    this.found = null;
    await this.#try("Reading", async () => {
      this.found = await readOwn(files);
      const [channels, height] = this.lesson?.dataset?.shape ?? [];
      this.side = height ?? 28;
      this.colour = channels === 3;
    });
  }

  async #learn(found: PictureFiles | PictureTable): Promise<void> {
    await this.#try("Scaling the pictures", async (signal) => {
      const total = found.kind === "files" ? found.files.length : 0;
      const wishes = { side: this.side, colour: this.colour, heldOut: this.heldOut / 100 };
      const tell = (done: number): void => void (this.busy = { what: "Scaling the pictures", done, total });
      const { data, unreadable } = await toPixels(found, wishes, tell, signal);
      if (unreadable.length > 0)
        this.note = `${plural(unreadable.length, "picture")} could not be read and ${unreadable.length === 1 ? "was" : "were"} left out: ${new Intl.ListFormat("en").format(unreadable.length > 3 ? [...unreadable.slice(0, 3), `${formatCount(unreadable.length - 3)} more`] : unreadable)}.`;
      await this.lesson?.openData(data);
      try {
        await keepPictures(data);
        this.kept = (await keptPictures()) ?? null;
      } catch (error) {
        this.note =
          `${this.note} ${storageTrouble(error, "bring your pictures again when you come back.")}`.trim();
      }
    });
  }

  async #try(what: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#work.abort();
    const { signal } = (this.#work = new AbortController());
    this.trouble = this.note = "";
    this.busy = { what, done: 0, total: 0 };
    try {
      await work(signal);
    } catch (error) {
      // Not as a sentence of ours: a file's name stays as it is.
      if (!signal.aborted) this.trouble = error instanceof Error ? error.message : String(error);
    } finally {
      if (!signal.aborted) this.busy = null;
    }
  }
}

/** What was typed, brought within its limits; what it was when nothing sensible was. */
function within(input: HTMLInputElement, low: number, high: number, before: number): number {
  const value = Math.round(Number(input.value));
  const good = input.value !== "" && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : before;
  input.value = String(good);
  return good;
}
