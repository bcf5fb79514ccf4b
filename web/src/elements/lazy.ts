/** Elements that are fetched when they come near the screen: what nobody has opened costs nothing. */
const modules: Record<string, () => Promise<unknown>> = {
  "livegrad-adversary": () => import("./adversary"),
  "livegrad-code": () => import("./code"),
  "livegrad-gradient-check": () => import("./gradient-check"),
  "livegrad-editor": () => import("./editor"),
  "livegrad-health": () => import("./health"),
  "livegrad-patches": () => import("./patches"),
  "livegrad-reader": () => import("./reader"),
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

function find(): void {
  for (const element of document.querySelectorAll(Object.keys(modules).join())) observer.observe(element);
}

find();
document.addEventListener("DOMContentLoaded", find);
new MutationObserver(find).observe(document.documentElement, { childList: true, subtree: true });
