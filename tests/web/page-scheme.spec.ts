import type { Page } from "@playwright/test";
import { expect, learn, openPage, openPanel, test } from "./page-support";

/** What every canvas on the page shows, by element; those in the pictures of layers are drawn by the worker. */
function pictures(page: Page): Promise<Record<string, string[]>> {
  return page.evaluate(async () => {
    const found: Record<string, string[]> = {};
    const look = async (root: Document | ShadowRoot): Promise<void> => {
      for (const element of root.querySelectorAll("*")) {
        if (element instanceof HTMLCanvasElement && element.width > 0 && element.checkVisibility()) {
          const host = (root as ShadowRoot).host?.localName ?? "page";
          const copy = new OffscreenCanvas(32, 32);
          copy.getContext("2d")!.drawImage(element, 0, 0, 32, 32);
          const data = copy.getContext("2d")!.getImageData(0, 0, 32, 32).data;
          (found[host] ??= []).push(data.reduce((hash, byte) => (hash * 31 + byte) | 0, 7).toString(36));
        }
        if (element.shadowRoot) await look(element.shadowRoot);
      }
    };
    await look(document);
    return found;
  });
}

test("everything that is drawn follows a change of the colour scheme while it is open", async ({
  page,
  site,
}) => {
  await page.emulateMedia({ colorScheme: "light" });
  await openPage(page, site, "?data=drawn&net=cnn");
  await learn(page, 60);
  const pad = page.getByLabel("Digit pad");
  await pad.focus();
  await page.keyboard.press("Space");
  for (let step = 0; step < 13; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "This is a 1" }).press("Enter");
  await page.getByRole("button", { name: "Find its mistakes" }).click();
  await expect(page.locator("livegrad-mistakes").getByRole("table")).toBeVisible({ timeout: 60_000 });
  await openPanel(page, "What excites its channels");
  await expect(page.locator("livegrad-patches").getByRole("status")).toContainText("test images");
  await openPanel(page, "Fool it");
  await expect(page.locator("livegrad-adversary").getByRole("listitem").first()).toBeVisible();

  const elements = [
    "livegrad-pad",
    "livegrad-my-digits",
    "livegrad-layer",
    "livegrad-curve",
    "livegrad-predictions",
    "livegrad-mistakes",
    "livegrad-patches",
    "livegrad-adversary",
  ];
  for (const element of elements) {
    // On screen: what nobody sees rests.
    await page.locator(element).first().scrollIntoViewIfNeeded();
    await expect.poll(async () => Object.keys(await pictures(page))).toContain(element);
    let light: string[] = [];
    await expect
      .poll(async () => {
        const before = light;
        light = (await pictures(page))[element]!;
        return before.join() === light.join();
      })
      .toBe(true);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(async () => (await pictures(page))[element]![0], element).not.toBe(light[0]);
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(async () => (await pictures(page))[element], element).toEqual(light);
  }
});
