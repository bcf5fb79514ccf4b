import type { Page } from "@playwright/test";
import { expect, figures, openPage, test } from "./page-support";

type Place = readonly [x: number, y: number];

/** Corners of strokes, in parts of the pad's side. */
const three: Place[] = [
  [0.3, 0.2],
  [0.5, 0.12],
  [0.68, 0.25],
  [0.6, 0.42],
  [0.45, 0.47],
  [0.65, 0.55],
  [0.7, 0.72],
  [0.5, 0.87],
  [0.28, 0.78],
];
const seven: Place[] = [
  [0.25, 0.15],
  [0.75, 0.15],
  [0.45, 0.88],
];
const one: Place[] = [
  [0.52, 0.12],
  [0.5, 0.88],
];

async function press(page: Page, places: readonly Place[]): Promise<void> {
  const pad = page.getByLabel("Digit pad");
  await pad.scrollIntoViewIfNeeded();
  const box = (await pad.boundingBox())!;
  const to = ([x, y]: Place, steps = 1): Promise<void> =>
    page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps });
  await to(places[0]!);
  await page.mouse.down();
  for (const place of places.slice(1)) await to(place, 8);
}

async function draw(page: Page, places: readonly Place[]): Promise<void> {
  await press(page, places);
  await page.mouse.up();
}

/** The digit that a network says. */
const verdict = (page: Page, name: string) => page.getByRole("region", { name }).locator(".verdict");
const trained = "The trained network";
const learning = "The network that learns here";

test("a drawn digit is read while the stroke goes on", async ({ page, site }) => {
  await openPage(page, site);
  await expect(verdict(page, trained)).toHaveText("–");
  await press(page, seven.slice(0, 2));
  await press(page, seven); // the pen stays down
  await expect(verdict(page, trained)).toHaveText("7");
  await page.mouse.up();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(verdict(page, trained)).toHaveText("–");
  await draw(page, three);
  await expect(verdict(page, trained)).toHaveText("3");
  await expect(page.locator("livegrad-pad").getByRole("status")).toContainText(`${trained}: 3, `);
});

test("digits are framed as in MNIST: small ones in a corner are read too", async ({ page, site }) => {
  await openPage(page, site);
  const small = (places: readonly Place[]): Place[] =>
    places.map(([x, y]) => [0.55 + 0.4 * x, 0.55 + 0.4 * y]);
  await draw(page, small(one));
  await expect(verdict(page, trained)).toHaveText("1");
  await expect
    .poll(() =>
      page.evaluate(() => {
        const { pixels } = document.querySelector("livegrad-session")!.lesson.view.drawing!;
        let [mass, x, y, top, bottom] = [0, 0, 0, 28, 0];
        pixels.forEach((ink, i) => {
          mass += ink;
          x += ink * ((i % 28) + 0.5);
          y += ink * (Math.floor(i / 28) + 0.5);
          if (ink > 0)
            [top, bottom] = [Math.min(top, Math.floor(i / 28)), Math.max(bottom, Math.floor(i / 28))];
        });
        return [Math.abs(x / mass - 14) < 1, Math.abs(y / mass - 14) < 1, bottom - top + 1];
      }),
    )
    .toEqual([true, true, 20]);
});

test("undo takes back a stroke, and a clear", async ({ page, site }) => {
  await openPage(page, site);
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeDisabled();
  await draw(page, one);
  await expect(verdict(page, trained)).toHaveText("1");
  await draw(page, [
    [0.1, 0.12],
    [0.9, 0.12],
  ]);
  await undo.click();
  await expect(verdict(page, trained)).toHaveText("1");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(verdict(page, trained)).toHaveText("–");
  await undo.click();
  await expect(verdict(page, trained)).toHaveText("1");
});

test("a digit can be drawn by keyboard alone", async ({ page, site }) => {
  await openPage(page, site);
  const pad = page.getByLabel("Digit pad");
  await pad.focus();
  await page.keyboard.press("Space");
  for (let step = 0; step < 13; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await expect(verdict(page, trained)).toHaveText("1");
  await expect(page.locator("livegrad-pad").getByRole("status")).toContainText("1, ");
  await page.keyboard.press("Delete");
  await expect(verdict(page, trained)).toHaveText("–");
  await page.keyboard.press("Control+z");
  await expect(verdict(page, trained)).toHaveText("1");
});

test("a fresh network learns to read the same drawing, and both answer", async ({ page, site }) => {
  await openPage(page, site);
  await draw(page, seven);
  await expect(verdict(page, trained)).toHaveText("7");
  await expect(verdict(page, learning)).toHaveText("–");
  await page.getByRole("button", { name: "Teach it, live" }).click();
  await expect(verdict(page, learning)).toHaveText("7", { timeout: 90_000 });
  await expect(verdict(page, trained)).toHaveText("7");
  await page.getByRole("button", { name: "Pause it" }).click();
  await expect.poll(async () => (await figures(page)).state).toBe("paused");
});

test("the layers show the drawing, through either network", async ({ page, site }) => {
  await page.setViewportSize({ width: 1440, height: 2400 });
  await openPage(page, site);
  await draw(page, seven);
  await expect(page.getByRole("radio", { name: "Your drawing" })).toBeChecked();
  await expect(page.locator("livegrad-answer")).toContainText("It says 7 with");
  const scores = page.locator("livegrad-layer[layer=output] .range");
  await expect(scores).toContainText("…");
  let before = "";
  // The first time, the end of the stroke may not have been read yet.
  await expect(async () => {
    before = await scores.innerText();
    await page.getByRole("radio", { name: "Learning network" }).check();
    await expect(scores).not.toHaveText(before);
    await page.getByRole("radio", { name: "Trained network" }).check();
    await expect(scores).toHaveText(before, { timeout: 10_000 });
  }).toPass();
  await page.getByRole("radio", { name: "Test image" }).check();
  await expect(scores).not.toHaveText(before);
  await expect(page.locator("livegrad-answer")).toContainText(/right|It is/);
});

test("what mattered: erasing ink that speaks for the answer lowers its lead", async ({ page, site }) => {
  await openPage(page, site);
  await draw(page, three);
  const saliency = page.locator("livegrad-saliency");
  await expect(saliency.getByLabel(/^Input gradient: most for 3/)).toBeVisible();
  await expect(saliency.getByLabel(/^Occlusion: most for 3/)).toBeVisible();
  const colors = (label: RegExp) =>
    saliency.getByLabel(label).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
      let [orange, blue] = [0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3]! < 64) continue;
        if (data[i]! > data[i + 2]! + 40) orange++;
        if (data[i + 2]! > data[i]! + 40) blue++;
      }
      return { orange, blue };
    });
  const gradient = await colors(/^Input gradient/);
  expect(gradient.orange).toBeGreaterThan(5);
  expect(gradient.blue).toBeGreaterThan(5);
  expect((await colors(/^Occlusion/)).orange).toBeGreaterThan(5);
});

test("a trained network that does not arrive is named, and the other one answers", async ({
  page,
  site,
  complaints,
}) => {
  await page.route("**/*.safetensors", (route) => route.abort());
  await openPage(page, site);
  await expect(page.locator("livegrad-pad").getByRole("alert")).toContainText("did not arrive");
  await page.getByRole("button", { name: "Teach it, live" }).click();
  await draw(page, one);
  await expect(verdict(page, learning)).toHaveText("1", { timeout: 90_000 });
  expect(complaints.splice(0).join()).toContain("ERR_FAILED");
});

test("a photo of a digit is read: light or dark ink, uneven paper; what is no picture is said", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  /** A seven as a camera sees it: on paper that is darker to one side. */
  const photo = (ink: string, paper: string, written: boolean): Promise<number[]> =>
    page.evaluate(
      async ([ink, paper, written]) => {
        const canvas = new OffscreenCanvas(800, 600);
        const context = canvas.getContext("2d")!;
        context.fillStyle = paper;
        context.fillRect(0, 0, 800, 600);
        const shade = context.createLinearGradient(0, 0, 800, 0);
        shade.addColorStop(0, "rgb(0 0 0 / 0%)");
        shade.addColorStop(1, "rgb(0 0 0 / 40%)");
        context.fillStyle = shade;
        context.fillRect(0, 0, 800, 600);
        if (written) {
          context.strokeStyle = ink;
          context.lineWidth = 34;
          context.lineCap = context.lineJoin = "round";
          context.beginPath();
          context.moveTo(290, 150);
          context.lineTo(510, 150);
          context.lineTo(370, 460);
          context.stroke();
        }
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
      },
      [ink, paper, written] as const,
    );
  const pad = page.locator("livegrad-pad");
  const open = (bytes: number[]): Promise<void> =>
    pad
      .getByLabel("Photo of a digit")
      .setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: Buffer.from(bytes) });
  const verdict = page.getByRole("region", { name: "The trained network" }).locator(".verdict");
  await open(await photo("#234", "#eee", true));
  await expect(verdict).toHaveText("7");
  await pad.getByRole("button", { name: "Clear" }).press("Enter");
  await expect(verdict).toHaveText("–");
  await open(await photo("#ddd", "#246", true));
  await expect(verdict).toHaveText("7");
  await open(await photo("", "#eee", false));
  await expect(pad.getByRole("alert")).toContainText("Nothing is written on photo.png, or too faintly.");
  await open([1, 2, 3]);
  await expect(pad.getByRole("alert")).toContainText(
    "The file photo.png is no picture that this browser can read.",
  );
  await expect(verdict).toHaveText("7");
  await pad.getByRole("button", { name: "Undo" }).press("Enter");
  await expect(verdict).toHaveText("–");
});
