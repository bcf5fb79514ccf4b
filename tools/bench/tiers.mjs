// What V8's compilers of WebAssembly make of a training step: Liftoff, its baseline, whose code runs at once, and TurboFan,
// whose code takes its place piece by piece.
import path from "node:path";
import { say } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { measureInPage } from "./chromium.mjs";
import { here } from "./packages.mjs";

/** Who compiles, and the flags that say so. */
const compilers = [
  { peer: "livegrad", how: "Liftoff, then TurboFan", flags: [] },
  { peer: "TurboFan alone", flags: ["--js-flags=--no-liftoff"] },
  { peer: "Liftoff alone", flags: ["--js-flags=--liftoff-only"] },
];

/** W1 in a fresh browser for each run of each compiler, since one that has trained has compiled. */
export async function measureTiers(runs) {
  const folders = { "/livegrad/": path.join(root, "dist"), "/": path.join(here, "page") };
  const each = compilers.map(({ how, peer, flags }) => ({ peer, how: how ?? peer, flags, measured: [] }));
  for (let run = 1; run <= runs; run++) {
    say(`tiers: run ${run} of ${runs}`);
    for (const { flags, measured } of each) {
      const page = await measureInPage({ folders, page: "tiers.html", flags }, (evaluate) =>
        evaluate(() => window.measure()),
      );
      measured.push(page.measured);
    }
  }
  const { variant } = each[0].measured[0];
  return [
    {
      name: "tiers",
      title: "W1 by V8's compilers",
      metric: "training",
      unit: "examples/s",
      failed: [],
      results: each.map(({ peer, measured }) => ({
        peer,
        variant,
        values: measured.map(({ speed }) => speed),
      })),
    },
    {
      name: "tiers",
      title: "W1, how much longer the first 20 steps take than 20 later",
      metric: "start",
      unit: "ms",
      failed: [],
      results: each.map(({ how, measured }) => ({
        peer: "livegrad",
        variant: `${variant}, ${how}`,
        values: measured.map(({ longer }) => longer),
      })),
    },
  ];
}
