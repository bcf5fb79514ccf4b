// A page of the benchmarks in the system's Chromium, and what it is measured by.
import { existsSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { findChromium } from "../lib/browsers.mjs";
import { Failure, say } from "../lib/log.mjs";
import { serve } from "./server.mjs";

export async function launchChromium(flags = []) {
  const { chromium } = await import("@playwright/test");
  const executablePath = findChromium();
  if (!executablePath) throw new Failure("There is no Chromium on PATH. Install it, then run this again.");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", ...flags] });
}

/**
 * A clock of the tab's own thread, in milliseconds of processor time, so that other programs on the machine take nothing
 * away. Linux tells it; elsewhere the tab goes by the wall clock.
 */
async function threadClock(browser, page) {
  const ofBrowser = await browser.newBrowserCDPSession();
  const ofTab = await page.context().newCDPSession(page);
  await ofTab.send("Performance.enable");
  /** How far the time that each process has used is from the tab's. */
  const distances = async () => {
    const { metrics } = await ofTab.send("Performance.getMetrics");
    const { value: own } = metrics.find(({ name }) => name === "ProcessTime");
    const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.map(({ id, cpuTime }) => [id, Math.abs(cpuTime - own)]));
  };
  // The tab's process is the one that agrees with it before and after some work; others of the browser still start.
  const before = await distances();
  await page.evaluate(() => {
    for (const end = performance.now() + 500; performance.now() < end;);
  });
  const apart = [...(await distances())].map(([id, after]) => [after + (before.get(id) ?? after), id]);
  const [, tab] = apart.reduce((least, each) => (each[0] < least[0] ? each : least));
  await ofTab.detach();
  const file = `/proc/${tab}/task/${tab}/schedstat`;
  return existsSync(file) ? () => Number(readFileSync(file, "utf8").split(" ")[0]) / 1e6 : null;
}

/**
 * Serves the folders, opens a page of theirs and waits for its function measure. `use` gets `evaluate`, which runs a
 * function in the page; the result has what `use` gave as `measured`, the machine in words and what the clock counts.
 */
export async function measureInPage({ folders, headers, page: file, flags }, use) {
  const load = [loadavg()[0]];
  const server = await serve(folders, headers);
  const browser = await launchChromium(flags);
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const crashed = new Promise((_, reject) =>
      page.on("crash", () => reject(new Failure("The tab died, perhaps for want of memory."))),
    );
    crashed.catch(() => {});
    await page.exposeFunction("report", say);
    await page.goto(`${server.url}/${file}`);
    await page
      .waitForFunction(() => window.measure, null, { timeout: 60_000 })
      .catch(() => {
        throw new Failure(
          `The page of the benchmarks did not start: ${errors.join("; ") || "no error was told"}`,
        );
      });
    const clock = await threadClock(browser, page);
    if (clock) await page.exposeFunction("threadTime", clock);
    const measured = await use((work, argument) => Promise.race([crashed, page.evaluate(work, argument)]));
    load.push(loadavg()[0]);
    const [before, after] = load.map((value) => value.toFixed(1));
    return {
      measured,
      machine:
        `${cpus()[0].model.trim()}, ${cpus().length} cores; Chromium ${browser.version()}; ` +
        `load ${before} before, ${after} after`,
      clock: clock ? "processor time" : "time",
    };
  } finally {
    await browser.close();
    server.close();
  }
}
