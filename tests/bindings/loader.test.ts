import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { loadModule } from "../../web/src/worker/loader";
import { expectError, root } from "./support";

test("without SIMD there is a clear sentence", async () => {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  await expectError(loadModule(), "unsupported", /cannot run 128-bit SIMD WebAssembly.*Chrome or Edge 91/);
  await expectError(loadModule("simd"), "unsupported", /cannot run/);
  validate.mockRestore();
});

test("the build asked for is the one that comes", async () => {
  expect((await loadModule("simd")).variant).toBe("simd");
});

test.each(["simd", "relaxed"])("the %s module evaluates no text", (variant) => {
  expect(readFileSync(`${root}web/wasm/livegrad-${variant}.mjs`, "utf8")).not.toMatch(
    /new Function|\beval\(/,
  );
});
