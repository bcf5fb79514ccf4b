import { svg, html, type TemplateResult } from "lit";

function icon(shape: unknown): TemplateResult {
  return html`<svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
    ${shape}
  </svg>`;
}

export const icons = {
  run: icon(svg`<path d="M3.5 1.8v12.4L14 8z"/>`),
  pause: icon(svg`<path d="M3 2h3.5v12H3zM9.5 2H13v12H9.5z"/>`),
  step: icon(svg`<path d="M2 2.2v11.6L10 8zM11.5 2H14v12h-2.5z"/>`),
  enlarge: icon(
    svg`<path d="M9 1h6v6h-2V4.4l-3.3 3.3-1.4-1.4L11.6 3H9zM7 15H1V9h2v2.6l3.3-3.3 1.4 1.4L4.4 13H7z"/>`,
  ),
  over: icon(svg`<path d="M8 2.5V.2L3.8 3.6 8 7V4.5A4 4 0 1 1 4 8.5H2a6 6 0 1 0 6-6z"/>`),
  up: icon(svg`<path d="M8 3 2.5 8.5l1.4 1.4L7 6.8V14h2V6.8l3.1 3.1 1.4-1.4z"/>`),
  down: icon(svg`<path d="M8 13 2.5 7.5l1.4-1.4L7 9.2V2h2v7.2l3.1-3.1 1.4 1.4z"/>`),
  remove: icon(
    svg`<path d="m3.4 2 4.6 4.6L12.6 2 14 3.4 9.4 8l4.6 4.6-1.4 1.4L8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z"/>`,
  ),
  right: icon(
    svg`<circle cx="8" cy="8" r="8"/><path d="M4.2 8.2 7 11l5-5.6" fill="none" stroke="var(--panel)" stroke-width="2"/>`,
  ),
  wrong: icon(
    svg`<path d="M8 0l8 8-8 8-8-8z"/><path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" stroke="var(--panel)" stroke-width="1.8"/>`,
  ),
};
