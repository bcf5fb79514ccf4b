// Set-up reads the machine's own apt sources, in both of their formats.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { mirrors } from "../../tools/setup/apt.mjs";

function sources(files) {
  const etc = mkdtempSync(path.join(tmpdir(), "livegrad-apt-"));
  mkdirSync(path.join(etc, "sources.list.d"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(etc, name), text);
  return etc;
}

test("one-line format: options, comments and source entries", () => {
  const etc = sources({
    "sources.list": [
      "# deb http://comment.example/debian bookworm main",
      "deb-src http://source.example/debian bookworm main",
      "deb [arch=amd64 signed-by=/keys/a.gpg] http://one.example/debian bookworm main contrib",
      "deb http://one.example/debian bookworm-updates main",
      "deb http://security.example/debian bookworm-security main",
      "deb http://two.example/debian bookworm non-free",
    ].join("\n"),
  });
  expect(mirrors(etc)).toEqual([
    { uri: "http://one.example/debian", suite: "bookworm", components: ["main", "contrib"], keyring: "/keys/a.gpg" },
  ]);
});

test("stanzas: several addresses and suites, disabled ones, other repositories", () => {
  const etc = sources({
    "sources.list.d/debian.sources": [
      "Types: deb deb-src",
      "# a comment",
      "URIs: http://one.example/debian http://two.example/debian",
      "Suites: bookworm bookworm-updates",
      "Components: main",
      "Signed-By: /keys/a.gpg",
      "",
      "Types: deb",
      "URIs: http://off.example/debian",
      "Suites: bookworm",
      "Components: main",
      "Enabled: no",
    ].join("\n"),
    "sources.list.d/tool.list": "deb https://tool.example/apt stable tool\n",
  });
  expect(mirrors(etc).map(({ uri, keyring }) => [uri, keyring])).toEqual([
    ["http://one.example/debian", "/keys/a.gpg"],
    ["http://two.example/debian", "/keys/a.gpg"],
  ]);
});

test("no sources, no mirrors", () => {
  expect(mirrors(path.join(tmpdir(), "livegrad-nowhere"))).toEqual([]);
});
