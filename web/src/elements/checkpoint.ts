import { css, html } from "lit";
import { customElement, query } from "lit/decorators.js";
import { LessonElement } from "./base";
import { dropped } from "./dropped";
import type { Learner } from "./learner";
import { notices } from "./notice";

/** Saves everything to a file and opens such files, also dropped anywhere on the page. */
@customElement("livegrad-checkpoint")
export class LivegradCheckpoint extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @query("input") private input!: HTMLInputElement;

  protected override follow(_lesson: Learner): void {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    const drop = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void dropped(event.dataTransfer).then((files) => this.lesson?.take(files));
    };
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    this.listen(() => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
    });
  }

  protected override render(): unknown {
    const ready = this.lesson?.ready ?? false;
    return html`
      <div class="row">
        <button type="button" ?disabled=${!ready} @click=${this.#save}>Save to a file</button>
        <button type="button" ?disabled=${!ready} @click=${() => this.input.click()}>Open a file</button>
        <input
          type="file"
          hidden
          accept=".safetensors,.json"
          aria-label="Checkpoint file"
          @change=${this.#choose}
        />
      </div>
      <div class="below">${notices(this.lesson, "checkpoint")}</div>
    `;
  }

  async #save(): Promise<void> {
    const { lesson } = this;
    const file = await lesson?.save();
    if (!lesson?.model || !file) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(
      new Blob([file as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" }),
    );
    link.download = `livegrad-${lesson.net}-step-${lesson.model.step}.safetensors`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async #choose(): Promise<void> {
    const file = this.input.files?.[0];
    this.input.value = "";
    if (file) await this.#open(file);
  }

  async #open(file: File): Promise<void> {
    await this.lesson?.open(file.name, new Uint8Array(await file.arrayBuffer()));
  }
}
