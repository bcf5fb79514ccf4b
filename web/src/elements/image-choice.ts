import { html, nothing, type TemplateResult } from "lit";
import { formatCount } from "./format";
import type { Lesson } from "./lesson";
import { segments } from "./segments";

/** Which image is looked at: the drawing, or which test image. */
export function imageChoice(lesson: Lesson): TemplateResult {
  const { view, dataset } = lesson;
  const choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const index = Number(input.value);
    if (input.value !== "" && Number.isInteger(index) && index >= 0) void view.showTest(index);
    else input.value = String(view.example);
  };
  return html`${
    view.drawing
      ? segments(
          "Image",
          [
            ["drawing", "Your drawing"],
            ["test", "Test image"],
          ],
          view.subject,
          (subject) => void view.show(subject),
        )
      : html`<label for="example">Test image</label>`
  }
  ${
    view.subject === "test"
      ? html`<input
            id="example"
            type="number"
            aria-label="Test image"
            min="0"
            max=${(dataset?.arrived.test ?? 1) - 1}
            .value=${String(view.example)}
            ?disabled=${!lesson.ready}
            @change=${choose}
          />
          <span class="soft">of ${formatCount(dataset?.arrived.test ?? 0)}</span>
          <button
            class="small"
            type="button"
            ?disabled=${!lesson.ready}
            @click=${() => view.showTest(view.example + 1)}
          >
            Next
          </button>`
      : nothing
  }`;
}
