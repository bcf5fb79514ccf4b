import type { Page } from "@playwright/test";
import { strToU8, zipSync } from "fflate";
import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

const panel = (page: Page) => page.locator("livegrad-own-data");
const data = (page: Page) => page.locator("livegrad-data");

const dataset = (page: Page) =>
  page.evaluate(() => {
    const { shape, classes, size } = document.querySelector("livegrad-session")!.lesson.model!.dataset!;
    return { shape, classes, size };
  });

/** Pictures of three kinds, as the browser itself writes them. */
async function pictures(page: Page, count: number): Promise<Record<string, Uint8Array>> {
  const files = await page.evaluate(async (count) => {
    const made: Record<string, number[]> = {};
    const kinds: Record<string, (context: OffscreenCanvasRenderingContext2D, x: number) => void> = {
      circles: (context, x) => context.arc(x, 20, 12, 0, 7),
      crosses: (context, x) => {
        context.rect(x - 14, 17, 28, 6);
        context.rect(x - 3, 6, 6, 28);
      },
      stripes: (context, x) => context.rect(x - 14, 5, 10, 30),
    };
    for (const [kind, draw] of Object.entries(kinds))
      for (let i = 0; i < count; i++) {
        const canvas = new OffscreenCanvas(48, 40);
        const context = canvas.getContext("2d")!;
        context.fillRect(0, 0, 48, 40);
        context.fillStyle = `hsl(${(40 * i) % 360} 90% 60%)`;
        context.beginPath();
        draw(context, 20 + (i % 8));
        context.fill();
        const blob = await canvas.convertToBlob({ type: "image/png" });
        made[`${kind}/${i}.png`] = [...new Uint8Array(await blob.arrayBuffer())];
      }
    return made;
  }, count);
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
}

async function openOwn(page: Page): Promise<void> {
  await page.getByLabel("Data", { exact: true }).selectOption("own");
  await expect(panel(page).getByRole("button", { name: "Choose files" })).toBeEnabled();
}

type Upload = { name: string; buffer: Buffer; mimeType: string };
const upload = (name: string, bytes: Uint8Array): Upload => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(bytes),
});

async function bring(page: Page, ...files: Upload[]): Promise<void> {
  await panel(page).getByLabel("Files of pictures").setInputFiles(files);
}

function idx(extents: readonly number[], bytes: readonly number[]): Uint8Array {
  const header = extents.flatMap((extent) => [extent >>> 24, extent >>> 16, extent >>> 8, extent]);
  return Uint8Array.from([0, 0, 8, extents.length, ...header, ...bytes]);
}

test("a zip of class folders becomes data, by keyboard; the network is changed to fit and MNIST's waits", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  const { step } = await learn(page, 20);
  await expect(panel(page)).toHaveCount(0);
  const files = await pictures(page, 20);
  const zip = zipSync({
    ...files,
    "circles/broken.png": strToU8("no picture"),
    "__MACOSX/._x.png": strToU8(""),
  });

  await page.getByLabel("Data", { exact: true }).focus();
  await page.keyboard.type("Your own");
  const chooser = page.waitForEvent("filechooser");
  await panel(page).getByRole("button", { name: "Choose files" }).press("Enter");
  await (await chooser).setFiles(upload("shapes.zip", zip));
  const found = panel(page).getByRole("group", { name: "What was found" });
  await expect(found).toContainText("shapes: 61 pictures in 3 classes");
  await expect(found).toContainText("circles 21");
  await found.getByRole("spinbutton", { name: "Pixels each way" }).fill("32");
  await found.getByRole("spinbutton", { name: "Pixels each way" }).press("Enter");
  await found.getByRole("radio", { name: "Colour" }).press("Space");
  await found.getByRole("spinbutton", { name: /Held out/ }).fill("25");
  await found.getByRole("spinbutton", { name: /Held out/ }).press("Enter");
  await found.getByRole("button", { name: "Learn from them" }).press("Enter");

  await expect(panel(page).getByRole("status")).toContainText("1 picture could not be read");
  await expect(panel(page).getByRole("status")).toContainText("circles/broken.png");
  const offer = data(page).getByRole("status").filter({ hasText: "3 classes" });
  await expect(offer).toContainText("pictures of 3 × 32 × 32; the network has 10 outputs");
  await offer.getByRole("button", { name: "Change the network" }).press("Enter");
  await expect(data(page)).toContainText("45 images to learn from, 15 to test on; your own");
  expect(await dataset(page)).toEqual({
    shape: [3, 32, 32],
    classes: ["circles", "crosses", "stripes"],
    size: { training: 45, test: 15 },
  });
  expect((await figures(page)).step).toBe(0);

  // It learns, and answers with the names of the classes.
  await learn(page, 60);
  const answer = page.locator("livegrad-answer");
  await answer.scrollIntoViewIfNeeded();
  await expect(answer).toContainText(/It says (circles|crosses|stripes)/);
  // Another rung of the ladder fits by itself.
  await page.getByRole("radio", { name: /Softmax/ }).check({ force: true });
  await expect.poll(async () => (await figures(page)).parameters).toBe(3 * (3 * 32 * 32 + 1));
  await stepOnce(page); // a run of so small a network would end before it can be paused
  await page.getByRole("radio", { name: /Strided/ }).check({ force: true });
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(60);

  // Back to the digits: the network is there as it was.
  await page.getByLabel("Data", { exact: true }).selectOption("drawn");
  await expect.poll(async () => (await figures(page)).step).toBe(step);
  await expect(data(page)).toContainText("10,000 images to learn from");
  await learn(page, step + 5);
});

test("CSV and IDX files are dropped on the page or chosen", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  const lines = Array.from({ length: 60 }, (_, i) => {
    const label = i % 10;
    const pixels = Array.from({ length: 784 }, (_, k) => (k % 10 === label ? 255 : i));
    return [label, ...pixels].join(",");
  });
  const header = ["label", ...Array.from({ length: 784 }, (_, k) => `pixel${k}`)].join(",");
  const csv = [header, ...lines].join("\r\n");
  await page.evaluate((csv) => {
    // What handles drops may still be on its way.
    document.dispatchEvent(new Event("scroll"));
    const drop = (): void => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([csv], "table.csv"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    };
    void customElements.whenDefined("livegrad-checkpoint").then(() => setTimeout(drop, 500));
  }, csv);
  const found = panel(page).getByRole("group", { name: "What was found" });
  await expect(found).toContainText("table: 60 pictures in 10 classes, 1 × 28 × 28");
  await found.getByRole("button", { name: "Learn from them" }).press("Enter");
  // It fits as it is.
  await expect(data(page)).toContainText("50 images to learn from, 10 to test on; your own");
  await learn(page, 10);

  const images = Array.from({ length: 30 * 144 }, (_, i) => (i * 7) % 256);
  const labels = Array.from({ length: 30 }, (_, i) => i % 3);
  await bring(
    page,
    upload("mine-images-idx3-ubyte", idx([30, 12, 12], images)),
    upload("mine-labels-idx1-ubyte", idx([30], labels)),
  );
  await expect(found).toContainText("30 pictures in 3 classes, 1 × 12 × 12");
  await found.getByRole("button", { name: "Learn from them" }).press("Enter");
  await data(page).getByRole("button", { name: "Change the network" }).press("Enter");
  await expect(data(page)).toContainText("24 images to learn from, 6 to test on");
  await expect.poll(async () => (await figures(page)).parameters).toBe(208 + 3216 + 51);
  await learn(page, 10);
});

test("what is wrong with files is said in one sentence each", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await openOwn(page);
  const alert = panel(page).getByRole("alert");
  const files = await pictures(page, 2);
  const png = files["circles/0.png"]!;

  await bring(page, upload("a.png", png), upload("b.png", png));
  await expect(alert).toContainText("a.png lies in no class folder");
  await bring(page, upload("one.zip", zipSync({ "cats/1.png": png, "cats/2.png": png })));
  await expect(alert).toContainText('All 2 pictures lie in one folder, "cats"');
  await bring(page, upload("broken.zip", zipSync(files).subarray(0, 500)));
  await expect(alert).toContainText(/broken\.zip|broken/);
  await bring(page, upload("notes.doc", strToU8("hello")));
  await expect(alert).toContainText("notes.doc is neither a picture nor a table");
  await bring(page, upload("short.csv", strToU8("1,0,0,0,0\n2,0,0,0,0\n1,0,0,0\n")));
  await expect(alert).toContainText("Line 3 of short.csv has 4 fields, and the lines before have 5");
  await bring(page, upload("word.csv", strToU8("1,0,0,0,0\n2,0,x,0,0\n")));
  await expect(alert).toContainText('Line 2 of word.csv: "x" in column 3 is no number from 0 to 255');
  await bring(page, upload("odd.csv", strToU8("1,0,0,0,0,0\n2,0,0,0,0,0\n")));
  await expect(alert).toContainText("5 pixels, which make no square");
  await bring(page, upload("images-idx3-ubyte", idx([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])));
  await expect(alert).toContainText("IDX files come in pairs");
  await bring(page, upload("images-idx3-ubyte", idx([2, 2, 2], [1, 2, 3])));
  await expect(alert).toContainText("damaged IDX file");

  // All that is unreadable.
  const words = strToU8("no picture");
  await bring(page, upload("bad.zip", zipSync({ "cats/1.png": words, "dogs/1.png": words })));
  await panel(page).getByRole("button", { name: "Learn from them" }).press("Enter");
  await expect(alert).toContainText("None of the 2 pictures can be read; the first is cats/1.png");
  // Nothing is lost.
  await learn(page, 10);
});

test("digits drawn on the pad are kept, listed, mixed in and deleted, by keyboard", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await page.getByLabel("Digit pad").focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  const mine = page.locator("livegrad-my-digits");
  await mine.getByRole("button", { name: "This is a 1" }).press("Enter");
  await mine.getByRole("button", { name: "This is a 7" }).press("Enter");
  const list = mine.getByRole("list", { name: "Your digits" }).getByRole("listitem");
  await expect(list).toHaveCount(2);
  await expect(list.nth(1)).toContainText("7");

  await mine.getByRole("checkbox", { name: /Mix these 2/ }).press("Space");
  await expect(mine).toContainText("Each comes 200 times in a pass over the images.");
  await expect(data(page)).toContainText("10,400 images to learn from");
  await expect(data(page)).toContainText("2 digits of yours among them");
  await learn(page, 30);
  // What is drawn from now on is learned too.
  await mine.getByRole("button", { name: "This is a 4" }).press("Enter");
  await expect(data(page)).toContainText("10,501 images to learn from");
  await mine.getByRole("button", { name: "Delete this 7" }).press("Enter");
  await expect(data(page)).toContainText("10,400 images to learn from");
  const { step } = await figures(page);
  await learn(page, step + 10);

  await openPage(page, site, "?data=drawn");
  await expect(list).toHaveCount(2);
  await expect(data(page)).toContainText("10,000 images to learn from");
  await mine.getByRole("button", { name: "Delete this 1" }).press("Enter");
  await mine.getByRole("button", { name: "Delete this 4" }).press("Enter");
  await expect(list).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
  await expect(mine).toBeHidden();
});
