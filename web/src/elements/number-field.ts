import { html, type TemplateResult } from "lit";

/** A choice of a whole number from 0 to below `extent`; what is none of these becomes again what it was. */
export function numberField(
  title: string,
  value: number,
  extent: number,
  go: (value: number) => void,
): TemplateResult {
  const choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const wanted = Number(input.value);
    if (input.value !== "" && Number.isInteger(wanted) && wanted >= 0 && wanted < extent) go(wanted);
    else input.value = String(value);
  };
  return html`<label
    >${title} <input type="number" min="0" max=${extent - 1} .value=${String(value)} @change=${choose}
  /></label>`;
}
