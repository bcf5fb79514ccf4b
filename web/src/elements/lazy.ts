/** Elements that are fetched when they come near the screen: what nobody has opened costs nothing. */
const modules: Record<string, () => Promise<unknown>> = {
  "livegrad-adversary": () => import("./adversary"),
  "livegrad-code": () => import("./code"),
  "livegrad-gradient-check": () => import("./gradient-check"),
  "livegrad-editor": () => import("./editor"),
  "livegrad-health": () => import("./health"),
  "livegrad-patches": () => import("./patches"),
  "livegrad-reader": () => import("./reader"),
  "livegrad-result": () => import("./result"),
  "livegrad-share": () => import("./share"),
  "livegrad-through-time": () => import("./through-time"),
  "livegrad-time": () => import("./time"),
};

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) {
        observer.unobserve(target);
        void modules[target.localName]!();
      }
  },
  { rootMargin: "64px" },
);

const names = Object.keys(modules).join();

function find(): void {
  for (const element of document.querySelectorAll(names)) observer.observe(element);
}

/** Who points at the title of a closed panel, or goes there by key, is about to open it. */
function expectOpening({ target }: Event): void {
  const panel = target instanceof Element && target.closest("summary")?.parentElement;
  if (panel) for (const { localName } of panel.querySelectorAll(names)) void modules[localName]!();
}
for (const event of ["pointerover", "focusin"])
  document.addEventListener(event, expectOpening, { passive: true });

find();
document.addEventListener("DOMContentLoaded", find);
new MutationObserver(find).observe(document.documentElement, { childList: true, subtree: true });
