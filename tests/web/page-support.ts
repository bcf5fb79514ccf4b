import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect as impatient, test as base, type Page } from "@playwright/test";
import type { Learner } from "../../web/src/elements/learner";
import { isolation } from "../../tools/lib/isolation.mjs";
import { dist, type Site, withSite } from "./site";

/** Training may share a slow machine with others. */
export const expect = impatient.configure({ timeout: 30_000 });

/** Whether the pages have the real digits and Shakespeare, or make their own. */
export const hasShakespeare = existsSync(path.join(dist, "data/text"));
export const hasMnist = existsSync(path.join(dist, "data/mnist"));

/** As strict as a host may be: nothing from elsewhere, no evaluated code but WebAssembly, no style attributes. */
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'";

/** Bytes of files of dist/ as they travel. */
export function gzipped(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(readFileSync(path.join(dist, name))).length, 0);
}

export const test = base.extend<{ isolated: boolean; keeps: boolean; site: Site; complaints: string[] }>({
  isolated: [false, { option: true }],
  /** Whether pages may keep the site for use without a network: what is asked of the server then depends on the past. */
  keeps: [false, { option: true }],
  site: async ({ isolated }, use) =>
    withSite("/course/", async (site) => {
      site.headers = { "content-security-policy": policy, ...(isolated ? isolation : {}) };
      await use(site);
    }),
  /** What the console said and nobody expected: there must be nothing at the end of any test. */
  complaints: [
    async ({ page, keeps }, use) => {
      if (!keeps)
        await page
          .context()
          .addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "serviceWorker"));
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { dist };

/** Opens the page and waits until it could learn, and all of its data are there: a run then follows from its seed. */
export async function openPage(page: Page, site: Site, address = ""): Promise<void> {
  await openFirstView(page, site, address);
  await dataArrived(page);
}

/** Opens the page and waits until it could learn, if from the first of its data alone. */
export async function openFirstView(page: Page, site: Site, address = ""): Promise<void> {
  await page.goto(`${site.url}/course/${address}`);
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
}

export async function dataArrived(page: Page): Promise<void> {
  const arriving = page.locator("livegrad-data").getByRole("progressbar");
  await expect(arriving).toHaveCount(0, { timeout: 120_000 });
}

/** Opens a closed panel. By key: what opened before may still be growing and move it away from under a pointer. */
export async function openPanel(page: Page, title: string): Promise<void> {
  const summary = page.locator("summary", { hasText: title });
  await summary.press("Enter");
  // What it holds is fetched when it is on screen, where it stays once what lies above it has come.
  await page.waitForFunction(() => customElements.get("livegrad-settings"));
  await summary.evaluate((element) => element.scrollIntoView());
}

/** Types a network over the one in the editor. */
export async function writeNetwork(page: Page, text: string): Promise<void> {
  await page.getByLabel("Network as JSON").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** The same, of the network that the page of digits has. */
export async function changeNetwork(page: Page, change: (text: string) => string): Promise<void> {
  await writeNetwork(
    page,
    change(await page.evaluate(() => document.querySelector("livegrad-session")!.lesson.text)),
  );
}

export interface Figures {
  step: number;
  loss: number | null;
  state: string;
  parameters: number;
}

/** What the page's model stands at, as exactly as it knows. */
export function figures(page: Page): Promise<Figures> {
  return page.evaluate(() => {
    const session = document.querySelector("livegrad-session, livegrad-text-session")!;
    const { model, tick } = (session as HTMLElement & { lesson: Learner }).lesson;
    if (!model) throw new Error("no model");
    return {
      step: model.step,
      loss: tick?.loss ?? null,
      state: model.state,
      parameters: model.parameterCount,
    };
  });
}

/** Learns until so many steps are done, then pauses. */
export async function learn(page: Page, steps: number): Promise<Figures> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(async () => (await figures(page)).step, { timeout: 120_000 }).toBeGreaterThan(steps);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
  await expect.poll(async () => (await figures(page)).state).toBe("paused");
  return figures(page);
}

/** One press of Step, and its loss. */
export async function stepOnce(page: Page): Promise<number> {
  const { step } = await figures(page);
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step + 1);
  return (await figures(page)).loss!;
}

/** Sets the first numbers of a parameter of the network that learns, as a checkpoint from elsewhere would. */
export function overwrite(page: Page, parameter: string, count: number, value: number): Promise<void> {
  return page.evaluate(
    async ([parameter, count, value]) => {
      const { model } = document.querySelector("livegrad-session")!.lesson;
      const file = await model!.save();
      const length = Number(new DataView(file.buffer).getBigUint64(0, true));
      const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
        string,
        { data_offsets: [number, number] }
      >;
      const [from] = header[parameter]!.data_offsets;
      const bytes = new DataView(file.buffer, 8 + length);
      for (let i = 0; i < count; i++) bytes.setFloat32(from + 4 * i, value, true);
      await model!.load(file);
    },
    [parameter, count, value] as const,
  );
}
