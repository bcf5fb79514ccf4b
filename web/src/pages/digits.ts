// The entry of the page of digits: what computes starts while the page's own code is still on its way.
import { createSession } from "../api";

const query = new URLSearchParams(location.search);
const data = query.get("data") ?? "mnist";

const started = createSession({
  exact: query.get("exact") === "1",
  ...(data === "drawn" ? {} : { data }),
});
started.catch(() => {}); // the lesson says why
// It is no element yet, and finds this when it becomes one.
Object.assign(document.querySelector("livegrad-session")!, { started });

void import("./playground");
