import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createSession, type Spec } from "../../web/src/api/direct";
import { curveDigest, digestNets } from "../support/digest";
import { root } from "./support";

const { curves } = JSON.parse(readFileSync(`${root}tests/golden/digests.json`, "utf8")) as {
  curves: Record<string, string>;
};

test.each(digestNets)("200 steps of %s give the published bits", async (name, file) => {
  const session = await createSession({ exact: true });
  expect(await curveDigest(session, JSON.parse(readFileSync(root + file, "utf8")) as Spec)).toBe(
    curves[name],
  );
  session.close();
});
