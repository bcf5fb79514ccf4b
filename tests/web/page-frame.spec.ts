import { expect, test } from "./page-support";

test("in a sandboxed frame, without an origin, the page learns", async ({ page, site, complaints }) => {
  // Any page may fetch the files, as from most static hosts; what the page may do, its own policy says.
  site.headers = { "access-control-allow-origin": "*" };
  site.files["/favicon.ico"] = ""; // browsers ask for one
  site.files["/lesson.html"] = `<!doctype html><html lang="en"><title>lesson</title>
    <iframe sandbox="allow-scripts" src="/course/?data=drawn" width="1000" height="800"></iframe></html>`;
  await page.goto(`${site.url}/lesson.html`);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("button", { name: "Run", exact: true }).click({ timeout: 60_000 });
  await expect
    .poll(() =>
      page.frames()[1]!.evaluate(() => document.querySelector("livegrad-session")!.lesson.model?.step ?? 0),
    )
    .toBeGreaterThan(20);
  await frame.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(frame.locator("livegrad-autosave")).toContainText("This browser lets the page keep nothing:");
  expect(complaints).toEqual([]);
});
