// Emscripten: the one on PATH or under $EMSDK when it is new enough, else a private copy of Debian's packages.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  openSync,
  readSync,
  closeSync,
} from "node:fs";
import path from "node:path";
import { Failure, say } from "../lib/log.mjs";
import { toolchain, which } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { emscripten as tested } from "../lib/versions.mjs";

/** What Emscripten's packages may take from the host instead. */
export const provided = [
  "python3",
  "python3-minimal",
  "nodejs",
  "ccache",
  "binutils",
  "dpkg",
  "media-types",
  "libpfm4",
  "libc6-dev",
  "libstdc++-14-dev",
  "libgcc-14-dev",
  "libobjc-14-dev",
];

const systems = {
  x64: { triplet: "x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  arm64: { triplet: "aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
};

function isAtLeast(version, wanted) {
  const [a, b] = [version, wanted].map((text) => text.split(".").map(Number));
  for (let i = 0; i < 3; i++) if ((a[i] || 0) !== b[i]) return (a[i] || 0) > b[i];
  return true;
}

const versionFile = "emscripten-version.txt";
const readVersion = (folder) =>
  readFileSync(path.join(folder, versionFile), "utf8").replace(/["\s]/g, "").replace(/-.*/, "");

/** The host's own Emscripten {folder, version}, when it is usable; tools/cmake/emscripten.cmake looks in the same order. */
export function hostEmscripten() {
  const onPath = which("emcc");
  const folders = [
    process.env.EMSDK && path.join(process.env.EMSDK, "upstream/emscripten"),
    onPath && path.dirname(realpathSync(onPath)),
    onPath && path.join(path.dirname(realpathSync(onPath)), "../libexec"),
  ];
  for (const folder of folders.filter(Boolean)) {
    if (!existsSync(path.join(folder, versionFile))) continue;
    const version = readVersion(folder);
    if (isAtLeast(version, tested)) return { folder, version };
    say(`Emscripten ${version} in ${folder} is too old (${tested} is needed): using a private copy instead`);
  }
  return undefined;
}

export const emsdkCommands =
  `git clone https://github.com/emscripten-core/emsdk && cd emsdk && ` +
  `./emsdk install ${tested} && ./emsdk activate ${tested} && . ./emsdk_env.sh`;

function isElf(file) {
  const head = Buffer.alloc(4);
  const handle = openSync(file, "r");
  readSync(handle, head, 0, 4, 0);
  closeSync(handle);
  return head.toString("latin1") === "\x7fELF";
}

/** Makes the unpacked programs run on a host with an older C library: their own loader and libraries, by path. */
async function useOwnLibraries(rootHere, rootFinal, system) {
  const library = `usr/lib/${system.triplet}`;
  const rpath = [library, "usr/lib/llvm-19/lib", `${library}/binaryen`]
    .map((p) => path.join(rootFinal, p))
    .join(":");
  const loader = path.join(rootHere, "usr", system.loader);
  const patchelf = [path.join(rootHere, "usr/bin/patchelf")];
  const runPatchelf = (args) =>
    run(loader, ["--library-path", path.join(rootHere, library), ...patchelf, ...args], { quiet: true });
  const folders = ["usr/lib/llvm-19/bin", "usr/bin"].map((folder) => path.join(rootHere, folder));
  const programs = folders
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter(
          (entry) => entry.isFile() && (folder.endsWith("llvm-19/bin") || entry.name.startsWith("wasm")),
        )
        .map((entry) => path.join(folder, entry.name)),
    )
    .filter(isElf);
  for (const program of programs) {
    await runPatchelf([
      "--set-interpreter",
      path.join(rootFinal, "usr", system.loader),
      "--force-rpath",
      "--set-rpath",
      rpath,
      program,
    ]);
  }
}

/** Unpacks the packages into `here`, to be renamed to `final` afterwards. */
export async function installEmscripten(packages, here, final) {
  const system = systems[process.arch];
  if (!system) throw new Failure(`no private Emscripten for ${process.arch}; install it: ${emsdkCommands}`);
  const rootHere = path.join(here, "root");
  const rootFinal = path.join(final, "root");
  mkdirSync(rootHere);
  let done = 0;
  for (const file of packages) {
    const name = path.basename(file).split("_")[0];
    if (name === "emscripten" || ++done % 20 === 0)
      say(`unpacking ${name} (${packages.indexOf(file) + 1} of ${packages.length})`);
    // Position-independent system libraries (0.8 GB) serve dynamic linking, which is not used.
    await run(
      "bash",
      [
        "-o",
        "pipefail",
        "-c",
        `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --exclude='*/wasm32-emscripten/*pic' --exclude='./usr/share/emscripten/docs'`,
        "bash",
        file,
        rootHere,
      ],
      { quiet: true, what: `unpacking ${name}` },
    );
  }
  const llvm = path.join(rootHere, "usr/lib/llvm-19/bin");
  say("preparing Emscripten's programs");
  await useOwnLibraries(rootHere, rootFinal, system);
  const em = path.join(rootHere, "usr/share/emscripten");
  if (!existsSync(path.join(llvm, "clang")) || !existsSync(path.join(em, "em++.py"))) {
    throw new Failure("Debian's Emscripten packages are not laid out as expected.");
  }
  const version = readVersion(em);
  if (version !== tested) throw new Failure(`Debian offers Emscripten ${version}, but ${tested} is needed.`);
  const config = path.join(em, ".emscripten");
  rmSync(config, { force: true });
  writeFileSync(
    config,
    [
      `LLVM_ROOT = '${path.join(rootFinal, "usr/lib/llvm-19/bin")}'`,
      `BINARYEN_ROOT = '${path.join(rootFinal, "usr")}'`,
      `NODE_JS = 'node'`,
      `CACHE = '${path.join(rootFinal, "usr/share/emscripten/cache")}'`,
      `FROZEN_CACHE = False`,
      "",
    ].join("\n"),
  );
  // Its JavaScript optimiser imports acorn by name. (Nothing else: TypeScript reads the types that it finds there.)
  mkdirSync(path.join(em, "node_modules"));
  symlinkSync("../../nodejs/acorn", path.join(em, "node_modules/acorn"));
}

/** The folder of emcc, wherever it came from. */
export function emscriptenFolder() {
  return hostEmscripten()?.folder ?? path.join(toolchain, "emscripten/root/usr/share/emscripten");
}
