import { html, nothing, type TemplateResult } from "lit";
import type { Attempts, Place } from "./attempts";
import { sentence } from "./sentences";

/** What went wrong, or what happened, in one place of the page. */
export function notices(lesson: Attempts | null, place: Place): TemplateResult | typeof nothing {
  const error = lesson?.errors.get(place);
  const news = lesson?.news.get(place);
  if (!lesson || !(error || news)) return nothing;
  const close = html`${
      lesson.retries.has(place)
        ? html`<button class="plain" type="button" @click=${() => lesson.retry(place)}>Try again</button>`
        : nothing
    }<button class="plain" type="button" @click=${() => lesson.dismiss(place)}>Close</button>`;
  return html`${
    error
      ? html`<div class="notice" role="alert">
          <p>${sentence(error)}</p>
          ${close}
        </div>`
      : nothing
  }
  ${
    news && !error
      ? html`<div class="notice calm" role="status">
          <p>${news}</p>
          ${close}
        </div>`
      : nothing
  }`;
}
