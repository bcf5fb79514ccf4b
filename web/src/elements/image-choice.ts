import { html, nothing, type TemplateResult } from "lit";
import { formatCount } from "./format";
import type { Lesson } from "./lesson";
import { segments } from "./segments";
import type { Subject } from "./view";

const titles = { drawing: "Your drawing", test: "Test image", training: "Training image" };

/** Which image is looked at: the drawing, or which test or training image. */
export function imageChoice(lesson: Lesson): TemplateResult {
  const { view } = lesson;
  const { subject, images } = view;
  const choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const index = Number(input.value);
    if (input.value !== "" && Number.isInteger(index) && index >= 0) void view.show(subject, index);
    else input.value = String(view.example);
  };
  const subjects: Subject[] = view.drawing ? ["drawing", "test", "training"] : ["test", "training"];
  return html`${segments(
    "Image",
    subjects.map((each) => [each, titles[each]]),
    subject,
    (chosen) => void view.show(chosen),
  )}
  ${
    subject === "drawing"
      ? nothing
      : html`<input
            type="number"
            aria-label=${titles[subject]}
            min="0"
            max=${images - 1}
            .value=${String(view.example)}
            ?disabled=${!lesson.ready}
            @change=${choose}
          />
          <span class="soft">of ${formatCount(images)}</span>
          <button
            class="small"
            type="button"
            ?disabled=${!lesson.ready}
            @click=${() => view.show(subject, view.example + 1)}
          >
            Next
          </button>`
  }`;
}
