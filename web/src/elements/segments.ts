import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

/** A choice of one among few, side by side. */
export function segments<Value extends string>(
  legend: string,
  options: readonly (readonly [value: Value, title: string])[],
  chosen: Value,
  choose: (value: Value) => void,
): TemplateResult {
  return html`<fieldset class="segments">
    <legend class="unseen">${legend}</legend>
    ${options.map(
      ([value, title]) =>
        html`<label
          ><input
            type="radio"
            name=${legend}
            .checked=${live(value === chosen)}
            @change=${() => choose(value)}
          />${title}</label
        >`,
    )}
  </fieldset>`;
}
