// What a private copy cannot serve: programs and libraries of the system. Installed with apt by root on a
// Debian-like system, else named with the command to type.
import { existsSync } from "node:fs";
import { Failure, say } from "../lib/log.mjs";
import { findChromium, findFirefox } from "../lib/browsers.mjs";
import { which } from "../lib/paths.mjs";
import { read, run } from "../lib/run.mjs";

const hasHeader = (name) =>
  ["/usr/include", "/usr/local/include", "/opt/homebrew/include"].some((folder) =>
    existsSync(`${folder}/${name}`),
  );

function hasCmake() {
  const version = (read("cmake", ["--version"]) || "").match(/(\d+)\.(\d+)/);
  if (!version) return false;
  const [major, minor] = version.slice(1).map(Number);
  if (major > 3 || minor >= 24) return true;
  throw new Failure(
    `CMake ${version[0]} is too old: 3.24 or newer is needed. Install one, for example with: pipx install cmake`,
  );
}

/** Each need: the Debian package that serves it, and whether it is there already. */
const needs = {
  wasm: [
    { package: "cmake", present: hasCmake },
    { package: "ninja-build", present: () => which("ninja") },
    { package: "python3", present: () => which("python3") },
  ],
  native: [
    { package: "cmake", present: hasCmake },
    { package: "ninja-build", present: () => which("ninja") },
    { package: "g++", present: () => which("g++") || which("clang++") || which("c++") },
    { package: "zlib1g-dev", present: () => hasHeader("zlib.h") },
    { package: "libpng-dev", present: () => hasHeader("png.h") },
  ],
  neon: [
    { package: "cmake", present: hasCmake },
    { package: "ninja-build", present: () => which("ninja") },
    { package: "g++-aarch64-linux-gnu", present: () => which("aarch64-linux-gnu-g++") },
    { package: "qemu-user", present: () => which("qemu-aarch64") },
  ],
  browsers: [
    { package: "chromium", present: findChromium },
    { package: "firefox-esr", present: findFirefox },
  ],
};

/** Sees to it that the system has what the groups ("wasm", "native", "neon", "browsers") need. */
export async function setUpSystem(groups) {
  if (process.platform === "win32")
    throw new Failure("livegrad builds on Linux and macOS; on Windows, use the Windows Subsystem for Linux.");
  const missing = [
    ...new Set(
      groups
        .flatMap((group) => needs[group])
        .filter((need) => !need.present())
        .map((need) => need.package),
    ),
  ];
  if (!missing.length) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!which("apt-get")) {
    throw new Failure(
      `these are missing: ${missing.join(", ")} (Debian's names). Install them with your system's package manager, then run again.`,
    );
  }
  if (process.getuid() !== 0)
    throw new Failure(
      `these are missing: ${missing.join(", ")}. Install them, then run again: sudo ${command}`,
    );
  say(`installing system packages: ${missing.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // A source that cannot be reached is none of our business as long as the packages are found.
  await run("apt-get", ["-q", "update"], { quiet: true, env }).catch(() => {});
  await run("apt-get", command.split(" ").slice(1), { quiet: true, env, what: command });
}
