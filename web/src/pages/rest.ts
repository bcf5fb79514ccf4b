import type { Learner } from "../elements/learner";

/** When the first view stands, milliseconds until what lies below it is fetched; at once when somebody goes there. */
const kRest = 3000;

/** Fetches what the first view does without; resolves when that is there. */
export function fetchAfterFirstView(lesson: Learner, fetchRest: () => Promise<unknown>): Promise<unknown> {
  let fetch!: () => void;
  const rest = new Promise<unknown>((resolve) => (fetch = () => resolve(fetchRest())));
  for (const event of ["scroll", "keydown", "pointerdown", "dragenter"])
    document.addEventListener(event, fetch, { once: true, passive: true });
  const stop = lesson.on("change", () => {
    if (!lesson.ready && !lesson.errors.has("session")) return;
    stop();
    setTimeout(fetch, kRest);
  });
  // Sandboxed frames have no storage, and the development server's files change.
  if (import.meta.env.PROD && self.origin !== "null" && "serviceWorker" in navigator)
    void rest.then(() => import("../offline/offline"));
  return rest;
}

/** A walk over the page, for those who want one. */
export function offerTour(name: "digitsTour" | "textTour"): void {
  document.querySelector("#tour")!.addEventListener("click", async () => {
    const tours = await import("./tours");
    tours.startTour(tours[name]);
  });
}
