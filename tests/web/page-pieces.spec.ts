import type { Page, Route } from "@playwright/test";
import {
  dataArrived,
  expect,
  figures,
  hasMnist,
  learn,
  openFirstView,
  openPage,
  stepOnce,
  test,
} from "./page-support";

test.skip(!hasMnist, "MNIST is not here");

const data = (page: Page) => page.locator("livegrad-data");
const bar = (page: Page) => data(page).getByRole("progressbar");
const testAll = (page: Page) => page.getByRole("button", { name: "Test on all 10,000 images" });

/** What becomes of the pieces from a place on: until told otherwise they do not come. */
async function from(page: Page, place: number, only = false) {
  const waiting: (() => void)[] = [];
  let answer: ((route: Route) => Promise<void>) | null = null;
  await page.route(/\/data\/mnist\/\d\d-\w+\.bin$/, async (route) => {
    const index = Number(/(\d\d)-\w+\.bin/.exec(route.request().url())![1]);
    if (index < place || (only && index > place)) return route.fallback();
    if (!answer) await new Promise<void>((resolve) => waiting.push(resolve));
    await answer!(route);
  });
  return (next: (route: Route) => Promise<void>) => {
    answer = next;
    for (const go of waiting.splice(0)) go();
  };
}
const whole = (route: Route): Promise<void> => route.fallback();
const missing = (route: Route): Promise<void> => route.fulfill({ status: 404 });
async function damaged(route: Route): Promise<void> {
  const body = await (await route.fetch()).body();
  body[body.length >> 1]! ^= 1;
  await route.fulfill({ body });
}

test("learning begins with the first piece, and goes on when the rest has come", async ({ page, site }) => {
  const let_ = await from(page, 1);
  await openFirstView(page, site);
  await expect(data(page)).toContainText(/[\d,]+ of 60,000 images to learn from are here/);
  await expect(bar(page)).toBeVisible();
  const { step } = await learn(page, 100);
  await expect(testAll(page)).toBeDisabled();
  // Only test images that are there can be looked at.
  expect(
    Number(
      await page
        .locator("livegrad-layers")
        .getByRole("spinbutton", { name: "Test image" })
        .getAttribute("max"),
    ),
  ).toBeLessThan(1000);

  await page.getByRole("button", { name: "Run", exact: true }).click();
  let_(whole);
  await dataArrived(page);
  await expect(data(page)).toContainText("60,000 images to learn from, 10,000 to test on; handwritten");
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(step);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await testAll(page).click();
  await expect(page.locator("livegrad-test").getByRole("status")).toContainText("of 10,000 images", {
    timeout: 150_000,
  });

  // A run that began early is no fair race; one from the same seed is that of everybody else.
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  const kept = page.locator("livegrad-runs").getByRole("listitem");
  await expect(kept).toHaveCount(1);
  await expect(kept).not.toContainText("same order");
  const first = await stepOnce(page);
  await openPage(page, site);
  expect(await stepOnce(page)).toBe(first);
});

test("data begin to come while the core is on its way, and one worker computes", async ({ page, site }) => {
  let arrive!: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await arrived;
    await route.fallback();
  });
  await page.goto(`${site.url}/course/`);
  await expect.poll(() => [...site.asked].filter((name) => name.endsWith(".bin"))).toHaveLength(1);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const step = () =>
    page.evaluate(() => document.querySelector("livegrad-session")!.lesson.model?.step ?? null);
  expect(await step()).toBe(null);
  arrive();
  await expect.poll(step).toBeGreaterThan(0);
  expect(page.workers()).toHaveLength(1);
});

test("a damaged piece is named and asked for again, then by hand; nothing learned is lost", async ({
  page,
  site,
}) => {
  const let_ = await from(page, 2, true);
  let_(damaged);
  await openFirstView(page, site);
  const name = /Piece 3 of \d+ of MNIST handwritten digits \(02-\w+\.bin\) is damaged\./;
  await expect(data(page).getByRole("status").filter({ hasText: name })).toContainText(
    "It is asked for again.",
  );
  const { step } = await learn(page, 100);
  const alert = data(page).getByRole("alert");
  await expect(alert).toContainText(name);
  await expect(bar(page)).toBeVisible();
  expect((await figures(page)).step).toBe(step);
  let_(whole);
  await alert.getByRole("button", { name: "Try again" }).press("Enter");
  await dataArrived(page);
  await expect(alert).toHaveCount(0);
  expect((await figures(page)).step).toBe(step);
  await learn(page, step + 20);
  await expect(testAll(page)).toBeEnabled();
});

test("without the first piece there are drawn digits, and MNIST can be tried again", async ({
  page,
  site,
  complaints,
}) => {
  const let_ = await from(page, 0);
  let_(missing);
  await page.goto(`${site.url}/course/`);
  const said = data(page).getByRole("status").filter({ hasText: "drawn by the program instead" });
  await expect(said).toContainText(
    /Piece 1 of \d+ of MNIST handwritten digits \(00-\w+\.bin\) is missing \(status 404\)/,
  );
  await learn(page, 20);
  let_(whole);
  await said.getByRole("button", { name: "Try again" }).press("Enter");
  await dataArrived(page);
  await expect(data(page)).toContainText("60,000 images to learn from");
  await expect(data(page).getByLabel("Data", { exact: true })).toHaveValue("mnist");
  for (const complaint of complaints.splice(0)) expect(complaint).toContain("404");
});

test("where bits are to be the same everywhere, learning waits for all of the data", async ({
  page,
  site,
}) => {
  const let_ = await from(page, 5);
  await page.goto(`${site.url}/course/?exact=1`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(data(page)).toContainText("Fetching MNIST");
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeDisabled();
  let_(whole);
  await expect.poll(async () => (await figures(page)).step, { timeout: 60_000 }).toBeGreaterThan(20);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});
