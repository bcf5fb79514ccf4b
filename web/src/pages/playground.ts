import "../elements";
import type { LivegradSession } from "../elements";

// The address holds what makes the page what it is: ?net=cnn&data=drawn&seed=7&exact=1
const session = document.querySelector<LivegradSession>("livegrad-session")!;
const address = new URL(location.href);
const { lesson } = session;

session.net = address.searchParams.get("net") ?? session.net;
session.data = address.searchParams.get("data") ?? session.data;
session.seed = Number(address.searchParams.get("seed") ?? session.seed);
session.exact = address.searchParams.get("exact") === "1";

/** A parameter that says what it would be without it is left out. */
function put(name: string, value: string, usual: string): void {
  if (value === usual) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
}

const exactLink = document.querySelector<HTMLAnchorElement>("#exact")!;

lesson.on("change", () => {
  if (lesson.net !== "custom") put("net", lesson.net, "convnetjs-mnist");
  put("data", lesson.dataName, "mnist");
  put("seed", String(lesson.seed), "1");
  if (address.href !== location.href) history.replaceState(null, "", address);
  const other = new URL(address);
  if (session.exact) other.searchParams.delete("exact");
  else other.searchParams.set("exact", "1");
  exactLink.href = other.search || "./";
  exactLink.textContent = session.exact
    ? "Use the fastest build"
    : "Use the build with the same bits on every machine";
});
