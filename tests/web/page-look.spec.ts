import { readFileSync } from "node:fs";
import path from "node:path";
import type { LivegradLayer } from "../../web/src/elements";
import { dist, expect, gzipped, learn, openFirstView, openPage, openPanel, test } from "./page-support";

for (const width of [360, 390, 768, 1440, 1920]) {
  test(`nothing sticks out at ${width} pixels`, async ({ page, site }) => {
    await page.setViewportSize({ width, height: 900 });
    await openPage(page, site);
    for (const panel of ["Change the network", "The network as code", "Share this lesson", "Augmentation"])
      await openPanel(page, panel);
    await expect(page.getByLabel("Network as JSON")).toBeVisible();
    await expect(page.locator("livegrad-code pre")).toBeVisible();
    await expect(page.getByLabel("Link to this lesson")).toHaveValue(/http/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}

/** A canvas's own pixels: a screenshot of it depends on where on the page it lies, to fractions of a pixel. */
function pixels(canvas: SVGElement | HTMLElement): string {
  const source = canvas as HTMLCanvasElement;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [source.width, source.height];
  copy.getContext("2d")!.drawImage(source, 0, 0);
  return copy.toDataURL();
}

test("every layer is drawn, and changes while it learns", async ({ page, site }) => {
  await page.setViewportSize({ width: 1440, height: 2400 });
  await openPage(page, site);
  const layers = page.locator("livegrad-layer");
  await expect(layers).toHaveCount(6); // the input, two convolutions, two poolings, the scores
  await expect(layers.first()).toContainText("…", { timeout: 10_000 });
  const pictures = async (): Promise<string[]> => {
    const canvases = await layers.locator("canvas").all();
    return Promise.all(canvases.map((canvas) => canvas.evaluate(pixels)));
  };
  const before = await pictures();
  expect(before).toHaveLength(6);
  await learn(page, 100);
  await page.waitForTimeout(300);
  const after = await pictures();
  expect(after[0]).toBe(before[0]);
  for (let layer = 1; layer < 6; layer++) expect(after[layer], `layer ${layer}`).not.toBe(before[layer]);
});

test("layers rest while off screen", async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 700 });
  await openPage(page, site);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const changes = (): Promise<number> =>
    page.evaluate(async () => {
      const layer = document
        .querySelector("livegrad-layers")!
        .shadowRoot!.querySelector<LivegradLayer>("[layer=output]")!;
      let updates = 0;
      const observer = new MutationObserver(() => updates++);
      observer.observe(layer.shadowRoot!, {
        subtree: true,
        characterData: true,
        childList: true,
        attributes: true,
      });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      observer.disconnect();
      return updates;
    });
  await page.waitForTimeout(500);
  expect(await changes()).toBe(0);
  await page.locator("livegrad-layer[layer=output]").scrollIntoViewIfNeeded();
  expect(await changes()).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});

test("a closed panel's code is fetched when somebody is about to open it, and an open one says that it opens", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  let arrive!: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/\/health-[^/]*\.js$/, async (route) => {
    await arrived;
    await route.continue();
  });
  const asked = (name: string): boolean => [...site.asked].some((file) => file.includes(`/${name}-`));
  await page.evaluate(() => document.dispatchEvent(new Event("scroll"))); // what is below the first view may come
  await page.waitForFunction(() => customElements.get("livegrad-settings"));

  await page.locator("summary", { hasText: "What excites its channels" }).hover();
  await expect.poll(() => asked("patches")).toBe(true);
  expect(asked("adversary")).toBe(false);

  const health = page.locator("livegrad-health");
  const says = (): Promise<string> =>
    health.evaluate((element) => getComputedStyle(element, "::before").content);
  await page.locator("summary", { hasText: "How healthy is it?" }).press("Enter");
  await expect(health).toBeVisible();
  expect(await says()).toContain("Opening");
  arrive();
  await expect(health.getByRole("table")).toBeVisible();
  expect(await says()).toBe("none");
});

test("the first view needs at most 300 KB of code", async ({ page, site }) => {
  await openFirstView(page, site);
  const code = [...site.asked].filter((name) => !/^data\/|\.safetensors$/.test(name)); // the rest are weights and data
  const bytes = gzipped(code);
  console.log(`first view: ${bytes} bytes gzipped in ${code.length} files`);
  expect(code.some((name) => name.endsWith(".wasm"))).toBe(true);
  expect(bytes).toBeLessThanOrEqual(300_000);
});

test("the files of code that the pages begin with are asked for together", async ({ page, site }) => {
  for (const name of ["index.html", "characters.html"]) {
    site.asked.clear();
    await page.goto(`${site.url}/course/${name}`);
    await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
    const named = readFileSync(path.join(dist, name), "utf8");
    const late = [...site.asked].filter((file) => file.endsWith(".js") && !named.includes(file));
    // What computes is a program of its own.
    expect(late.filter((file) => !/(worker|livegrad)-/.test(file))).toEqual([]);
  }
});

test("the policy is in effect: nothing is evaluated", async ({ page, site, complaints }) => {
  await openPage(page, site);
  await expect(page.locator('meta[http-equiv="Content-Security-Policy"]')).toHaveCount(1);
  const blocked = await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), {
          once: true,
        });
        const script = document.createElement("script");
        script.textContent = "window.evaluated = true";
        document.body.append(script);
      }),
  );
  expect(blocked).toContain("script-src");
  expect(await page.evaluate(() => "evaluated" in window)).toBe(false);
  expect(complaints.splice(0).join()).toContain("Content Security Policy");
});
