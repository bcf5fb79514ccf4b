// node tools/icons.mjs: web/public/icon.svg as the PNGs that web/public/manifest.webmanifest names, drawn by Chromium.
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "@playwright/test";
import { findChromium } from "./lib/browsers.mjs";
import { root } from "./lib/paths.mjs";

const folder = path.join(root, "web/public");
const drawing = readFileSync(path.join(folder, "icon.svg"), "utf8");
// A maskable icon is cut to any shape: its ground fills the square, its drawing keeps to the middle.
const maskable = drawing
  .replace(/ rx="\d+"/, "")
  .replace(/(<rect[^>]*>)/, '$1<g transform="translate(14 14) scale(0.8) translate(-14 -14)">')
  .replace("</svg>", "</g></svg>");

const browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox"] });
for (const [name, size, svg] of [
  ["icon-192", 192, drawing],
  ["icon-512", 512, drawing],
  ["icon-maskable", 512, maskable],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px}</style>${svg}`);
  await page.screenshot({ path: path.join(folder, `${name}.png`), omitBackground: true });
}
await browser.close();
