import type { Page } from "@playwright/test";
import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

const data = (page: Page) => page.locator("livegrad-data");
const autosave = (page: Page) => page.locator("livegrad-autosave");

/** Thirty pictures of three classes. */
async function bringPictures(page: Page): Promise<void> {
  await page.getByLabel("Data", { exact: true }).selectOption("own");
  const own = page.locator("livegrad-own-data");
  const lines = Array.from({ length: 30 }, (_, i) =>
    [i % 3, ...Array.from({ length: 144 }, (_, k) => (k % 3 === i % 3 ? 255 - i : (7 * k * i) % 200))].join(),
  );
  await own.getByLabel("Files of pictures").setInputFiles({
    name: "shapes.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(lines.join("\n")),
  });
  await own.getByRole("button", { name: "Learn from them" }).press("Enter");
  await data(page).getByRole("button", { name: "Change the network" }).press("Enter");
  await expect(data(page)).toContainText("24 images to learn from, 6 to test on");
}

async function drawOne(page: Page): Promise<void> {
  await page.getByLabel("Digit pad").focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "This is a 1" }).press("Enter");
}

/** Learns, reloads and goes on; the next losses are those of a run without a break. */
async function expectToGoOnExactly(page: Page, there: string): Promise<void> {
  const { step } = await learn(page, 10);
  await expect(autosave(page)).toContainText(`Kept in this browser up to step ${step}.`);
  await page.reload();
  await autosave(page).getByRole("button", { name: "Go on with it" }).click({ timeout: 60_000 });
  await expect.poll(async () => (await figures(page)).step).toBe(step);
  await expect(data(page)).toContainText(there);
  const resumed = [await stepOnce(page), await stepOnce(page)];
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await page.evaluate(
    (steps) => document.querySelector("livegrad-session")!.lesson.model!.stepOnce(steps),
    step,
  );
  expect([await stepOnce(page), await stepOnce(page)]).toEqual(resumed);
}

test("learning from pictures of one's own goes on exactly after a reload", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  await bringPictures(page);
  await expectToGoOnExactly(page, "24 images to learn from, 6 to test on");
  // Without going on they are there too, and can be forgotten.
  await openPage(page, site, "?data=drawn");
  await page.getByLabel("Data", { exact: true }).selectOption("own");
  const kept = page.getByRole("group", { name: "Kept pictures" });
  await expect(kept).toContainText("Kept in this browser: shapes, 30 pictures in 3 classes");
  await kept.getByRole("button", { name: "Learn from them" }).press("Enter");
  await data(page).getByRole("button", { name: "Change the network" }).press("Enter");
  await expect(data(page)).toContainText("24 images to learn from");
  await kept.getByRole("button", { name: "Forget them" }).press("Enter");
  await expect(kept).toHaveCount(0);
  await openPage(page, site, "?data=drawn");
  await autosave(page).getByRole("button", { name: "Go on with it" }).click();
  await expect(data(page).getByRole("alert")).toContainText(
    "Your own pictures are not kept in this browser: bring them again.",
  );
});

test("so does learning with digits of one's own among the others", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  await drawOne(page);
  const mix = page.getByRole("checkbox", { name: /^Mix it/ });
  await mix.press("Space");
  await expect(data(page)).toContainText("10,200 images to learn from");
  await expectToGoOnExactly(page, "1 digit of yours among them");
  await expect(mix).toBeChecked();
  await mix.press("Space");
  await expect(data(page)).toContainText("10,000 images to learn from");
});

test("a browser without room says so once in each place, and nothing else is lost", async ({
  page,
  site,
}) => {
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await openPage(page, site, "?data=drawn&net=cnn");
  const full = "This browser has no room left for what the page keeps: ";
  await drawOne(page);
  await expect(page.locator("livegrad-my-digits")).toContainText(`${full}your digits go when you leave.`);
  await bringPictures(page);
  await expect(page.locator("livegrad-own-data").getByRole("status")).toContainText(
    `${full}bring your pictures again when you come back.`,
  );
  await learn(page, 10);
  await expect(autosave(page)).toContainText(`${full}save to a file what you want to keep.`);
});
