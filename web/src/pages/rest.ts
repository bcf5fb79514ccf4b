import type { Learner } from "../elements/learner";

/** When the first view stands, milliseconds until what lies below it is fetched; at once when somebody goes there. */
const kRest = 3000;

/** Fetches what the first view does without. */
export function fetchAfterFirstView(lesson: Learner, fetchRest: () => Promise<unknown>): void {
  const fetch = (): void => void fetchRest();
  for (const event of ["scroll", "keydown", "pointerdown", "dragenter"])
    document.addEventListener(event, fetch, { once: true, passive: true });
  const stop = lesson.on("change", () => {
    if (!lesson.ready && !lesson.errors.has("session")) return;
    stop();
    setTimeout(fetch, kRest);
  });
}
