import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "./support";

test("the types that Embind generates are the golden ones", () => {
  const generated = readFileSync(`${root}web/wasm/livegrad.d.ts`, "utf8");
  const golden = readFileSync(`${root}bindings/livegrad.d.ts`, "utf8");
  expect(generated, "copy web/wasm/livegrad.d.ts to bindings/ when the change is meant").toBe(golden);
});
