import { css, html, type TemplateResult } from "lit";

/** Copies a text, and says how that went; `select` is what the reader copies by hand where the browser does not let the page. */
export async function copy(text: string, what: string, select: () => void): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    select();
    return `This browser does not let the page copy: the ${what} is selected, press Ctrl+C.`;
  }
}

export const linkFieldStyle = css`
  input.link {
    flex: 1 1 320px;
    height: 40px;
    font-family: var(--mono);
    font-size: 13px;
  }
`;

/** A link to read or to copy by hand: who goes to it has it selected. */
export function linkField(label: string, link: string): TemplateResult {
  return html`<input
    class="link"
    type="text"
    readonly
    aria-label=${label}
    .value=${link}
    @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
  />`;
}
