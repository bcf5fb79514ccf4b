import "../elements/autosave";
import "../elements/build-info";
import "../elements/controls";
import "../elements/text-choice";
import "../elements/text-network";
import type { LivegradTextSession } from "../elements/text-session";
import "../elements/text-session";
import "../elements/writer";
import { Address } from "./address";
import { fetchAfterFirstView, offerTour } from "./rest";

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

fetchAfterFirstView(lesson, () => import("../elements/text-elements"));
offerTour("textTour");
