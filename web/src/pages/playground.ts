import "../elements/build-info";
import "../elements/controls";
import "../elements/data";
import "../elements/ladder";
import "../elements/pad";
import type { LivegradSession } from "../elements/session";
import "../elements/session";
import { fetchAfterFirstView, offerTour } from "./rest";

// The address holds what makes the page what it is: see link.ts.
const session = document.querySelector<LivegradSession>("livegrad-session")!;
const query = new URLSearchParams(location.search);
const { lesson } = session;

session.net = query.get("net") ?? session.net;
session.data = query.get("data") ?? session.data;
session.seed = Number(query.get("seed") ?? session.seed);
session.exact = query.get("exact") === "1";
// What says how to read and write it is fetched when there is something to read, or the first view stands.
const link = () => import("../elements/link");
if (location.search) session.link = link().then(({ readLink }) => readLink(query));

const exactLink = document.querySelector<HTMLAnchorElement>("#exact")!;
const panels = document.querySelectorAll<HTMLElement>("[data-part]");

let timer = 0;

lesson.on("change", () => {
  for (const panel of panels) panel.hidden = !lesson.shows(panel.dataset.part!);
  // Browsers allow few changes of the address a second.
  timer ||= window.setTimeout(() => {
    timer = 0;
    void writeAddress();
  }, 300);
});

async function writeAddress(): Promise<void> {
  // An address that could not be followed stays until the reader has closed what is said of it.
  if (!lesson.ready || lesson.news.has("session")) return;
  const { exact } = session;
  await rest;
  const { textOf, writeLink } = await link();
  const address = new URL(location.href);
  address.search = textOf(await writeLink(lesson, { exact, claim: lesson.claim }));
  if (address.href !== location.href) history.replaceState(null, "", address);
  exactLink.href = textOf(await writeLink(lesson, { exact: !exact })) || "./";
  exactLink.textContent = exact
    ? "Use the fastest build"
    : "Use the build with the same bits on every machine";
}

const rest = fetchAfterFirstView(lesson, () => import("../elements"));
offerTour("digitsTour");

// What a link says that it comes to is what it is opened for.
if (query.has("result")) {
  const details = document.querySelector<HTMLDetailsElement>("[data-part=result] details")!;
  details.open = true;
  void rest.then(() => details.scrollIntoView());
}
