// What is asked of the page's speed and size, measured and printed. Times depend on the machine: none of them fails.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { dist, expect, gzipped, hasMnist, openFirstView, openPage, test } from "./page-support";

declare global {
  interface Window {
    /** Milliseconds from the key that comes next to its answer, and to the whole of it. */
    answer: Promise<[answered: number, whole: number]>;
    timeTo(answered: () => unknown, whole?: () => unknown): void;
    /** When Run was pressed, and how long the first step took from then; milliseconds. */
    firstStep: Promise<[pressed: number, waited: number]>;
  }
}

// What Playwright records for traces is paid for by the page.
test.use({ trace: "off", screenshot: "off" });

test("time to the first view", async ({ page, site }) => {
  for (const visit of ["first", "second"]) {
    await openFirstView(page, site);
    const [paint, ready] = await page.evaluate(() => [
      performance.getEntriesByName("first-contentful-paint")[0]!.startTime,
      performance.now(),
    ]);
    console.log(
      `${visit} visit: first view after ${paint!.toFixed(0)} ms, can learn after ${ready!.toFixed(0)} ms`,
    );
  }
});

test("time from Run, pressed as soon as it is there, to the first step", async ({ page, site }) => {
  await page.addInitScript(() => {
    const run = (): HTMLButtonElement | undefined =>
      [...(document.querySelector("livegrad-controls")?.shadowRoot?.querySelectorAll("button") ?? [])].find(
        ({ textContent, disabled }) => !disabled && textContent.trim() === "Run",
      );
    window.firstStep = new Promise((resolve) => {
      let pressed = 0;
      const look = (): void => {
        if (document.querySelector("livegrad-session")?.lesson?.model?.step)
          return resolve([pressed, performance.now() - pressed]);
        const button = pressed ? undefined : run();
        if (button) pressed = performance.now();
        button?.click();
        setTimeout(look, 4);
      };
      look();
    });
  });
  for (const address of hasMnist ? ["", "?data=drawn"] : ["?data=drawn"])
    for (const visit of ["first", "second"]) {
      await page.goto(`${site.url}/course/${address}`);
      const [pressed, waited] = await page.evaluate(() => window.firstStep);
      console.log(
        `${address ? "drawn digits" : "MNIST"}, ${visit} visit: pressed after ${pressed.toFixed(0)} ms, the first step ${waited.toFixed(0)} ms later`,
      );
    }
});

type Act = (page: Page) => Promise<void>;
/** Controls, by what is done and what answers it, and what comes before. */
type Control = [name: string, act: Act, watch: Act, before?: Act];

const button = (name: string | RegExp) => (page: Page) =>
  page
    .getByRole("button", { name, exact: typeof name === "string" })
    .first()
    .press("Enter");
const slide = (name: string) => (page: Page) =>
  page.getByRole("slider", { name, exact: true }).press("ArrowRight");
const watchOptions = (page: Page) =>
  page.evaluate(() => {
    const { lesson } = document.querySelector("livegrad-session")!;
    const before = JSON.stringify([lesson.model!.options, lesson.model!.spec]);
    window.timeTo(() => JSON.stringify([lesson.model!.options, lesson.model!.spec]) !== before);
  });
const watchState = (state: string) => (page: Page) =>
  page.evaluate(
    (state) => window.timeTo(() => document.querySelector("livegrad-session")!.lesson.model!.state === state),
    state,
  );
/** The element shows something else than before. */
const watchText =
  (element: string, inside = "*") =>
  (page: Page) =>
    page.evaluate(
      ([element, inside]) => {
        const text = (): string | undefined =>
          document.querySelector(element)?.shadowRoot?.querySelector(inside)?.outerHTML;
        const before = text();
        window.timeTo(() => text() !== before);
      },
      [element, inside] as const,
    );
/** It opens, and says so where its content is still to come; the whole is its content. */
const panel = (title: string, element: string, before: Act = async () => {}): Control => [
  `open "${title}"`,
  (page) => page.locator("summary", { hasText: title }).press("Enter"),
  (page) =>
    page.evaluate((name) => {
      const element = document.querySelector(name)!;
      const content = (): unknown => element.checkVisibility() && element.shadowRoot?.textContent?.trim();
      const coming = (): boolean =>
        element.checkVisibility() && getComputedStyle(element, "::before").content.includes("Opening");
      window.timeTo(() => coming() || content(), content);
    }, element),
  before,
];
/** The check computes beside what learns, in a worker of its own: two cores are then busy with other things than the page. */
async function stopCheck(page: Page): Promise<void> {
  const check = page.locator("livegrad-gradient-check");
  await check.evaluate((element) =>
    [...element.shadowRoot!.querySelectorAll("button")]
      .find(({ textContent }) => /Stop/.test(textContent))
      ?.click(),
  );
  await expect(check.getByRole("button", { name: "Check the gradients" })).toBeVisible();
}

/** The network has learned for a while, and goes on. */
const learning = async (page: Page): Promise<void> =>
  expect
    .poll(() => page.evaluate(() => document.querySelector("livegrad-session")!.lesson.model!.step))
    .toBeGreaterThan(50);

const controls: Control[] = [
  ["Pause", button("Pause"), watchState("paused")],
  ["Run", button("Run"), watchState("running")],
  ["Learning rate", slide("Learning rate"), watchOptions],
  ["L2 decay", slide("L2 decay"), watchOptions],
  ["Batch size", slide("Batch size"), watchOptions],
  ["Dropout", slide("Dropout"), watchOptions],
  [
    "Optimiser",
    async (page) => {
      await page.getByRole("combobox", { name: /Optimiser/ }).focus();
      await page.keyboard.press("m");
    },
    watchOptions,
  ],
  [
    "Gradients of layers",
    (page) => page.getByRole("radio", { name: "Gradients", exact: true }).press("Space"),
    (page) =>
      page.evaluate(() => {
        const layers = document.querySelector("livegrad-layers")!.shadowRoot!;
        const last = [...layers.querySelectorAll("livegrad-layer")].at(1)!.shadowRoot!;
        window.timeTo(() => /^Gradients/.test(last.querySelector("[role=img]")?.ariaLabel ?? ""));
      }),
  ],
  ["Enlarge", button("Enlarge conv1"), watchText("livegrad-layers", "dialog")],
  [
    "A stroke on the pad",
    (page) => page.keyboard.press("ArrowDown"),
    (page) =>
      page.evaluate(() => {
        const { view } = document.querySelector("livegrad-session")!.lesson;
        window.timeTo(() => view.drawing);
      }),
    async (page) => {
      await page.getByLabel("Digit pad").focus();
      await page.keyboard.press("Space");
    },
  ],
  [
    "Clear",
    button("Clear"),
    watchText("livegrad-pad", ".answer"),
    (page) => expect(page.locator("livegrad-pad .verdict").first()).not.toHaveText("–"),
  ],
  [
    "Other images",
    button("Other images"),
    watchText("livegrad-predictions", "ol"),
    async (page) => {
      const others = page.getByRole("button", { name: "Other images" });
      await others.scrollIntoViewIfNeeded(); // images are fetched where they can be seen
      await expect(others).toBeEnabled();
    },
  ],
  [
    "A test image",
    (page) =>
      page
        .locator("livegrad-predictions")
        .getByRole("button", { name: /^Test image/ })
        .nth(2)
        .press("Enter"),
    (page) =>
      page.evaluate(() => {
        const { view } = document.querySelector("livegrad-session")!.lesson;
        const before = view.example;
        window.timeTo(() => view.example !== before);
      }),
  ],
  ["Test", button(/^Test on all/), watchText("livegrad-test", "button")],
  ["Stop the test", button("Stop the test"), watchText("livegrad-test", "button")],
  ["Find its mistakes", button("Find its mistakes"), watchText("livegrad-mistakes", "progress")],
  ["Keep this run", button("Keep this run"), watchText("livegrad-runs", "ul")],
  panel("How healthy is it?", "livegrad-health"),
  panel("What excites its channels", "livegrad-patches"),
  panel("Fool it", "livegrad-adversary"),
  panel("Are its gradients right?", "livegrad-gradient-check"),
  ["Check the gradients", button("Check the gradients"), watchText("livegrad-gradient-check", "progress")],
  panel("Change the network", "livegrad-editor", stopCheck),
  panel("The network as code", "livegrad-code"),
  panel("Share this lesson", "livegrad-share"),
  // Both leave a network that has not begun to learn.
  [
    "Start over",
    button("Start over"),
    (page) =>
      page.evaluate(() => {
        const { lesson } = document.querySelector("livegrad-session")!;
        let last = lesson.model!.step;
        window.timeTo(() => lesson.model!.step < last || ((last = lesson.model!.step), false));
      }),
    learning,
  ],
  [
    "Another network",
    (page) => page.locator("livegrad-ladder").getByRole("radio").first().press("Space"),
    (page) =>
      page.evaluate(() => {
        const { lesson } = document.querySelector("livegrad-session")!;
        const { model } = lesson;
        const ladder = document.querySelector("livegrad-ladder")!.shadowRoot!;
        const there = (): boolean => lesson.model !== model;
        window.timeTo(() => there() || ladder.textContent!.includes("getting ready"), there);
      }),
  ],
];

test("time from a key to its answer, for each control, while training runs flat out", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await page.evaluate(() => {
    window.timeTo = (answered, whole = answered) => {
      window.answer = new Promise((resolve) => {
        let start = 0;
        let first = 0;
        addEventListener("keydown", ({ timeStamp }) => (start = timeStamp), { capture: true, once: true });
        const look = (): void => {
          if (start > 0 && answered()) first ||= performance.now() - start;
          if (first > 0 && whole()) resolve([first, performance.now() - start]);
          else requestAnimationFrame(look);
        };
        look();
      });
    };
  });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await learning(page);
  const times: [name: string, ms: number, whole: number][] = [];
  for (const [name, act, watch, before] of controls) {
    await before?.(page);
    await watch(page);
    await act(page);
    const [ms, whole] = await page.evaluate(() =>
      Promise.race([
        window.answer,
        new Promise<[number, number]>((resolve) => setTimeout(() => resolve([Infinity, Infinity]), 20_000)),
      ]),
    );
    times.push([name, ms, whole]);
    if (name === "Enlarge") await page.keyboard.press("Escape");
  }
  console.log(
    times
      .map(([name, ms, whole]) => {
        const more = whole > ms + 1 ? `, all of it after ${whole.toFixed(0)} ms` : "";
        return ms < Infinity
          ? `${ms.toFixed(0).padStart(6)} ms  ${name}${more}`
          : `  none after 20 s  ${name}`;
      })
      .join("\n"),
  );
  const slow = times.filter(([, ms]) => ms > 100);
  console.log(`${times.length - slow.length} of ${times.length} controls answer within 100 ms`);
});

/** Every file of code that the page of digits may load, by the addresses in its files: one build of the core, nothing for Node. */
function reachable(): string[] {
  const all = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dist, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter(
      (name) =>
        /\.(js|css|html|wasm)$/.test(name) &&
        !/^data\/|^direct\.js$|simd|threads|on-this-thread|characters|text-|reader|through-time/.test(name),
    );
  const found = new Set<string>();
  const queue = ["index.html"];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    if (/\.wasm$|service-worker/.test(name)) continue; // the latter lists every file
    const text = readFileSync(path.join(dist, name), "utf8");
    queue.push(...all.filter((other) => text.includes(path.basename(other))));
  }
  return [...found];
}

test("everything together: what one visitor may load with every panel opened", () => {
  const files = reachable();
  expect(files.some((name) => name.startsWith("assets/editor-"))).toBe(true);
  expect(files.some((name) => name.includes("livegrad-check") && name.endsWith(".wasm"))).toBe(true);
  const sizes = files.map((name) => [name, gzipped([name])] as const).sort(([, a], [, b]) => b - a);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(sizes.map(([name, bytes]) => `${String(bytes).padStart(8)}  ${name}`).join("\n"));
  console.log(`everything together: ${total} bytes gzipped`);
  expect(total).toBeLessThanOrEqual(500_000);
});
