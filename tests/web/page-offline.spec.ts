import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import {
  dist,
  expect,
  figures,
  hasMnist,
  hasShakespeare,
  learn,
  openPage,
  openPanel,
  test,
} from "./page-support";

test.use({ keeps: true });

const offline = (page: Page) => page.locator("livegrad-offline");
const ready = (page: Page) =>
  expect(offline(page)).toContainText("Ready for offline use.", { timeout: 120_000 });

async function stroke(page: Page): Promise<void> {
  const box = (await page.locator("livegrad-pad canvas").first().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + (4 * box.height) / 5, { steps: 8 });
  await page.mouse.up();
}

test("after the first visit everything works without a network", async ({
  page,
  site,
  context,
  complaints,
}) => {
  test.setTimeout(400_000);
  await openPage(page, site);
  await ready(page);
  await context.setOffline(true);

  await openPage(page, site, "?seed=4");
  await expect(page.locator("livegrad-data")).toContainText(
    hasMnist ? "60,000 images to learn from" : "drawn",
  );
  await learn(page, 100);
  await stroke(page);
  await expect(page.getByRole("region", { name: "The trained network" }).locator(".verdict")).toHaveText(
    /^\d$/,
  );
  // Panels that the first visit never opened, and the other build of the core.
  await openPanel(page, "Change the network");
  await expect(page.getByLabel("Network as JSON")).toHaveValue(/"layers"/);
  await openPanel(page, "Are its gradients right?");
  const check = page.locator("livegrad-gradient-check");
  await check.getByRole("button").press("Enter");
  await expect(check.getByRole("status")).toContainText("All gradients are right", { timeout: 120_000 });
  await openPage(page, site, "?exact=1");
  await expect(page.locator("livegrad-build")).toContainText("portable bits");
  await learn(page, 20);

  await page.getByRole("link", { name: "Characters" }).click();
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
  if (hasShakespeare) await expect(page.locator("livegrad-text")).toContainText("1,115,394 characters");
  await learn(page, 5);

  // Data that were never here are named.
  if (existsSync(path.join(dist, "data/fashion-mnist"))) {
    await openPage(page, site);
    await page.getByLabel("Data", { exact: true }).selectOption("fashion-mnist");
    const alert = page.locator("livegrad-data").getByRole("alert");
    await expect(alert).toContainText(/Piece 1 of \d+ of Fashion-MNIST \(00-\w+\.bin\) did not arrive/);
    await context.setOffline(false);
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator("livegrad-data")).toContainText("images to learn from, 10,000 to test on");
  }
  for (const complaint of complaints.splice(0)) expect(complaint).toMatch(/Failed to load|no-response|ERR_/);
});

test("it can be installed: name, icons and start", async ({ page, site }) => {
  await page.goto(`${site.url}/course/characters.html`);
  const href = await page.locator("link[rel=manifest]").evaluate((link: HTMLLinkElement) => link.href);
  const manifest = (await (await page.request.get(href)).json()) as {
    name: string;
    start_url: string;
    display: string;
    icons: { src: string; sizes: string; type: string; purpose?: string }[];
  };
  expect(manifest.name).toContain("livegrad");
  expect(manifest.display).toBe("standalone");
  expect(new URL(manifest.start_url, href).href).toBe(`${site.url}/course/`);
  expect(manifest.icons.some(({ purpose }) => purpose === "maskable")).toBe(true);
  for (const { src, sizes, type } of manifest.icons) {
    const image = await page.request.get(new URL(src, href).href);
    expect(image.headers()["content-type"]).toBe(type);
    if (type !== "image/png") continue;
    const bytes = await image.body(); // width and height are where every PNG has them
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
  }
});

test("a new version waits until it is asked for, and nothing learned is lost", async ({
  page,
  site,
  context,
}) => {
  await openPage(page, site, "?data=drawn");
  await ready(page);
  // The server has another version from now on.
  const worker = readFileSync(path.join(dist, "service-worker.js"), "utf8");
  const next = worker.replace(/("url":"characters.html","revision":")\w+/, "$1another");
  expect(next).not.toBe(worker);
  site.files["/course/service-worker.js"] = next;

  await openPage(page, site, "?data=drawn");
  const notice = offline(page).getByRole("status").filter({ hasText: "A new version of livegrad is there." });
  await expect(notice).toBeVisible({ timeout: 120_000 });
  const { step } = await learn(page, 50);
  // Another tab would lose its files.
  const other = await context.newPage();
  await other.goto(`${site.url}/course/characters.html`);
  await expect(other.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
  await notice.getByRole("button", { name: "Reload" }).press("Enter");
  await expect(notice).toContainText("Other tabs still use this one: close them, then reload.");
  expect((await figures(page)).step).toBe(step);
  await other.close();
  await notice.getByRole("button", { name: "Reload" }).press("Enter");
  await expect(page.locator("livegrad-autosave")).toContainText(/Kept from before: .* at step/, {
    timeout: 60_000,
  });
  await ready(page);
  await expect(notice).toHaveCount(0);
  await page.locator("livegrad-autosave").getByRole("button", { name: "Go on with it" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step);
});

test("foreign pages keep nothing", async ({ page, site }) => {
  site.files["/favicon.ico"] = ""; // browsers ask for one
  site.files["/page.html"] = `<!doctype html><html lang="en"><title>course</title>
    <livegrad-session data="drawn"><livegrad-controls></livegrad-controls></livegrad-session>
    <script type="module" src="/course/elements.js"></script></html>`;
  await page.goto(`${site.url}/page.html`);
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
  await learn(page, 20);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});
