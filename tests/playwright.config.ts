// Tests of the pages in the system's own Chromium. Each test starts the servers that it needs.
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import { findChromium } from "../tools/lib/browsers.mjs";

export default defineConfig({
  testDir: fileURLToPath(new URL("web", import.meta.url)),
  testMatch: "**/*.spec.ts",
  outputDir: "../test-results",
  timeout: 180_000,
  workers: 1, // training is timed by the page; two at once would disturb each other
  retries: 1, // on a machine shared with others; what needed it is listed as flaky, and is a bug
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: findChromium(), args: ["--no-sandbox", "--disable-dev-shm-usage"] },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
