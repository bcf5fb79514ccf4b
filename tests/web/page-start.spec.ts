// The pages as `npm start` serves them, with threads: not built, each file by itself.
import { startDevelopmentServer } from "../../tools/lib/development-server.mjs";
import { expect, learn, stepOnce, test } from "./page-support";

for (const [what, file] of [
  ["digits", ""],
  ["characters", "characters.html"],
] as const)
  test(`the page of ${what} learns from the development server`, async ({ page, complaints }) => {
    const { server, address } = await startDevelopmentServer({ port: 0, host: "localhost" });
    try {
      await page.goto(address + file);
      await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 120_000 });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await learn(page, 10);
      expect(await stepOnce(page)).toBeGreaterThan(0);
    } finally {
      await page.close(); // before the server does, or the page says that it lost it
      await server.close();
    }
    expect(complaints.splice(0)).toEqual([expect.stringContaining("Lit is in dev mode")]);
  });
