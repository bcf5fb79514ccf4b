import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, figures, hasMnist, openPage, test } from "./page-support";

const root = fileURLToPath(new URL("../..", import.meta.url));
const kSteps = 300;

interface Result {
  test_error: number;
  step?: number;
}

/** What the native command line makes of the same network, seed, data and number of steps. */
async function native(name: string): Promise<Result> {
  const data = hasMnist ? "mnist" : "drawn";
  const { stdout } = await promisify(execFile)(
    "npm",
    [
      "run",
      "-s",
      "livegrad",
      "--",
      "train",
      `web/models/${name}.json`,
      "--isa",
      "portable",
      "--seed",
      "1",
    ].concat(["--steps", String(kSteps), "--data", data, "--no-save", "--quiet", "--json"]),
    { cwd: root, maxBuffer: 1 << 24 },
  );
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Result;
}

for (const name of ["convnetjs-mnist", "bag-of-tricks"]) {
  test(`${name}: the page counts the same test errors as the native command line`, async ({ page, site }) => {
    test.setTimeout(600_000);
    const expected = await native(name);
    await openPage(page, site, `?exact=1&net=${name}${hasMnist ? "" : "&data=drawn"}`);
    await expect(page.locator("livegrad-build")).toContainText("portable bits");
    await page.evaluate(async (steps) => {
      await document.querySelector("livegrad-session")!.lesson.model!.stepOnce(steps);
    }, kSteps);
    expect((await figures(page)).step).toBe(kSteps);
    await page.getByRole("button", { name: /Test on all/ }).click();
    const result = page.locator("livegrad-test").getByRole("status");
    await expect(result).toContainText(/of [\d,]+ images/, { timeout: 300_000 });
    const [, wrong, images] = /([\d,]+) of ([\d,]+) images/
      .exec(await result.innerText())!
      .map((text) => text.replace(",", ""));
    expect(Number(images)).toBe(hasMnist ? 10_000 : 2_000);
    expect(Number(wrong)).toBe(Math.round((expected.test_error / 100) * Number(images)));
  });
}
