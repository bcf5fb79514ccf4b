// Tests of the bindings and of the TypeScript API, in Node on the built module.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["tests/bindings/**/*.test.ts", "tests/web/**/*.test.ts", "tests/tools/**/*.test.mjs"],
    testTimeout: 120_000,
    retry: 1, // on a machine shared with others; what needed it is marked, and is a bug
    passWithNoTests: true,
  },
});
