// The private toolchain: Emscripten, C++ headers and Catch2's source, each a folder that appears at once when it
// is complete. What an interrupted run left is cleared or, where it was downloaded whole, used again.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure, say } from "../lib/log.mjs";
import { toolchain, toolchainLink } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { catch2, emscripten as testedEmscripten, headers } from "../lib/versions.mjs";
import { PrivateApt, hasApt, sha256 } from "./apt.mjs";
import { emsdkCommands, hostEmscripten, installEmscripten, provided } from "./emscripten.mjs";

const part = (name) => path.join(toolchain, name);

/** Builds a part in a temporary folder and renames it, so that a part that exists is complete. */
async function makePart(name, fill) {
  const temporary = part(`${name}.part`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await fill(temporary, part(name));
  renameSync(temporary, part(name));
}

async function makeHeaders(apt, here) {
  const files = await apt.download(headers.map((h) => h.package));
  mkdirSync(path.join(here, "licenses"));
  for (const { package: name, version, folder } of headers) {
    const file = files.find((f) => path.basename(f).startsWith(`${name}_`));
    const found = path.basename(file).split("_")[1];
    if (!found.startsWith(version))
      throw new Failure(`Debian offers ${name} ${found}, but ${version} is needed.`);
    const unpacked = path.join(here, "unpacked", name);
    mkdirSync(unpacked, { recursive: true });
    await run("dpkg-deb", ["-x", file, unpacked], { quiet: true });
    cpSync(path.join(unpacked, "usr/include", folder), path.join(here, folder), { recursive: true });
    cpSync(path.join(unpacked, "usr/share/doc", name, "copyright"), path.join(here, "licenses", folder));
  }
  rmSync(path.join(here, "unpacked"), { recursive: true });
}

async function makeCatch2(apt, here) {
  const tarball = await apt.downloadSource("catch2", path.join(here, "source"));
  if ((await sha256(tarball)) !== catch2.sha256) {
    throw new Failure(
      `${path.basename(tarball)} is not Catch2 ${catch2.version} as published (its sha256 differs).`,
    );
  }
  await run("tar", ["-xf", tarball, "-C", here, "--strip-components=1"], { quiet: true });
  rmSync(path.join(here, "source"), { recursive: true });
}

const beat = 2000;

/** Whether the lock's owner is gone: its process has ended, or (another machine's process) it stopped touching the lock. */
function isStale(lock) {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (!stat) return true;
  const owner = Number(readFileSync(lock, "utf8"));
  if (owner === process.pid || Date.now() - stat.mtimeMs > 15 * beat) return true;
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** One set-up at a time per cache folder. */
async function locked(work) {
  const lock = part("lock");
  for (let told = false; ; await sleep(500)) {
    try {
      mkdirSync(toolchain, { recursive: true });
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST")
        throw new Failure(
          `cannot write to ${toolchain} (${error.code}); set XDG_CACHE_HOME to a folder that can be written.`,
        );
    }
    if (isStale(lock)) {
      rmSync(lock, { force: true });
    } else if (!told) {
      say("another set-up is at work; waiting for it");
      told = true;
    }
  }
  const heart = setInterval(() => utimesSync(lock, new Date(), new Date()), beat);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    rmSync(lock, { force: true });
  }
}

/** Makes .toolchain in the checkout point to the shared folder. */
function link() {
  const stat = lstatSync(toolchainLink, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() && readlinkSync(toolchainLink) === toolchain) return;
  if (stat && !stat.isSymbolicLink())
    throw new Failure(`${toolchainLink} is in the way: remove it and run again.`);
  rmSync(toolchainLink, { force: true });
  symlinkSync(toolchain, toolchainLink);
}

/** Sets up what is missing; returns at once when nothing is. */
export async function setUpToolchain({ emscripten }) {
  const host = emscripten && hostEmscripten();
  if (host && host.version !== testedEmscripten) {
    say(
      `warning: using Emscripten ${host.version} from ${host.folder}; ${testedEmscripten} is the tested version`,
    );
  }
  const wanted = ["include", "catch2", ...(emscripten && !host ? ["emscripten"] : [])];
  const missing = () => wanted.filter((name) => !existsSync(part(name)));
  if (missing().length) {
    if (!hasApt()) return withoutApt(missing());
    await locked(async () => {
      if (!missing().length) return;
      say(
        `setting up the toolchain in ${toolchain}: ${missing().join(", ")}${emscripten ? " (once; Emscripten is 335 MB to download and 1.3 GB on disk)" : ""}`,
      );
      const apt = new PrivateApt(part("downloads"), provided);
      if (!(await apt.update())) return withoutApt(missing());
      const make = {
        include: (here) => makeHeaders(apt, here),
        catch2: (here) => makeCatch2(apt, here),
        emscripten: async (here, final) =>
          installEmscripten(await apt.download(["emscripten", "patchelf"]), here, final),
      };
      for (const name of missing()) await makePart(name, make[name]);
      rmSync(part("downloads"), { recursive: true });
      say("the toolchain is ready");
    });
  }
  link();
}

/** Where Debian's packages are out of reach, CMake downloads the libraries; Emscripten has to be there. */
function withoutApt(missing) {
  if (missing.includes("emscripten")) {
    throw new Failure(
      `Emscripten ${testedEmscripten} is missing. Install it, then run again: ${emsdkCommands}`,
    );
  }
}
