import "../elements/text-elements";
import type { LivegradTextSession } from "../elements/text-session";
import { Address } from "./address";

// ?net=gru-2x128&text=sums&seed=7&exact=1
const session = document.querySelector<LivegradTextSession>("livegrad-text-session")!;
const { lesson } = session;
const address = new Address();

session.net = address.get("net");
session.text = address.get("text");
session.seed = address.seed;
session.exact = address.exact;

address.follow(lesson, () => {
  if (lesson.net !== "custom") address.put("net", lesson.net, "lstm-1x128");
  const { source } = lesson;
  if (source.kind !== "own") address.put("text", lesson.language ?? source.kind, "shakespeare");
});

/** What lies in closed panels is fetched when they are opened. */
const panels = {
  reader: () => import("../elements/reader"),
  "through-time": () => import("../elements/through-time"),
};
for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-elements]"))
  details.addEventListener(
    "toggle",
    () => void panels[details.dataset["elements"] as keyof typeof panels](),
    {
      once: true,
    },
  );
