import { readFileSync } from "node:fs";
import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

test("a saved file resumes exactly, in a fresh page too", async ({ page, site }) => {
  await openPage(page, site, "?net=bag-of-tricks&data=drawn");
  const saved = await learn(page, 10);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  const file = await (await download).path();
  expect((await download).suggestedFilename()).toBe(`livegrad-bag-of-tricks-step-${saved.step}.safetensors`);
  const next = [await stepOnce(page), await stepOnce(page), await stepOnce(page)];

  await page
    .getByLabel("Checkpoint file")
    .setInputFiles({ name: "kept.safetensors", mimeType: "", buffer: readFileSync(file) });
  await expect(page.locator("livegrad-checkpoint").getByRole("status")).toContainText(`step ${saved.step}`);
  expect([await stepOnce(page), await stepOnce(page), await stepOnce(page)]).toEqual(next);

  await openPage(page, site, "?data=drawn");
  await page
    .getByLabel("Checkpoint file")
    .setInputFiles({ name: "kept.safetensors", mimeType: "", buffer: readFileSync(file) });
  await expect.poll(async () => (await figures(page)).step).toBe(saved.step);
  expect([await stepOnce(page), await stepOnce(page), await stepOnce(page)]).toEqual(next);
});

test("damaged files are refused with a sentence, and nothing is lost", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  const { step, parameters } = await learn(page, 20);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  const bytes = readFileSync(await (await download).path());
  const input = page.getByLabel("Checkpoint file");
  for (const buffer of [
    bytes.subarray(0, bytes.length - 100),
    Buffer.from("no checkpoint at all"),
    Buffer.alloc(0),
  ]) {
    await input.setInputFiles({ name: "bad.safetensors", mimeType: "", buffer });
    const alert = page.locator("livegrad-checkpoint").getByRole("alert");
    await expect(alert).toBeVisible();
    expect((await alert.innerText()).length).toBeGreaterThan(20);
    await alert.getByRole("button", { name: "Close" }).click();
  }
  expect(await figures(page)).toMatchObject({ step, parameters });
  await stepOnce(page);
});
