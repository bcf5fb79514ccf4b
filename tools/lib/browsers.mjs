// The browsers that the tests drive: the system's own.
import { existsSync } from "node:fs";
import { which } from "./paths.mjs";

const first = (programs, files) =>
  programs.map(which).find(Boolean) ?? files.find((file) => existsSync(file));

export const findChromium = () =>
  first(
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"],
  );

export const findFirefox = () =>
  first(["firefox-esr", "firefox"], ["/Applications/Firefox.app/Contents/MacOS/firefox"]);
