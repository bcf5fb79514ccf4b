import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { LessonElement } from "./base";
import { plural } from "./format";
import { notices } from "./notice";
import { segments } from "./segments";
import type { TextLesson } from "./text-lesson";
import { cellNames, cells, kMaxLayers, widths } from "./text-networks";

/** Which recurrent network: cell, layers, width. A network that one leaves is kept as it is. */
@customElement("livegrad-text-network")
export class LivegradTextNetwork extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 20px;
        font-size: 14px;
      }
      .choice {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .segments label {
        padding: 0 10px;
      }
      @media (max-width: 599px) {
        .segments label {
          padding: 0 7px;
        }
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  protected override render(): unknown {
    const { lesson } = this;
    const { model, choice } = lesson ?? {};
    if (!lesson || !choice) return nothing;
    const own = lesson.net === "custom";
    const choose = (change: Partial<typeof choice>): void =>
      void lesson.chooseNetwork({ ...choice, ...change });
    const some = (values: readonly (string | number)[]): (readonly [string, string])[] =>
      values.map((value) => [String(value), String(value)]);
    const layers = Array.from({ length: kMaxLayers }, (_, layer) => layer + 1);
    return html`
      <div class="row">
        ${segments(
          "Cell",
          cells.map((cell) => [cell, cellNames[cell]] as const),
          own ? ("" as typeof choice.cell) : choice.cell,
          (cell) => choose({ cell }),
        )}
        <div class="choice">
          <span aria-hidden="true">Layers</span>
          ${segments("Layers", some(layers), own ? "" : String(choice.layers), (n) => choose({ layers: Number(n) }))}
        </div>
        <div class="choice">
          <span aria-hidden="true">Units a layer</span>
          ${segments("Units a layer", some(widths), own ? "" : String(choice.width), (n) => choose({ width: Number(n) }))}
        </div>
        <button class="small" type="button" ?disabled=${!model} @click=${() => lesson.openTrained()}>
          Start from trained weights
        </button>
        <span class="soft">
          ${model ? `${own ? `${model.spec.name ?? "Your own"}: ` : ""}${plural(model.parameterCount, "weight")}` : "…"}
        </span>
      </div>
      <div class="below">${notices(lesson, "network")}</div>
    `;
  }
}
