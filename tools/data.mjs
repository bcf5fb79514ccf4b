// Data sets: found in $LIVEGRAD_DATA, else in the cache, else (those with mirrors) downloaded into the cache; each
// file is checked against its sha256. For the page they are cut into pieces beside it, with a manifest of what is there.
// Without any, the page draws its own digits: nothing here stops a start.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { runMain, say } from "./lib/log.mjs";
import { cache, root } from "./lib/paths.mjs";
import { cut } from "./pieces.mjs";

const sets = JSON.parse(readFileSync(new URL("data-sets.json", import.meta.url), "utf8"));
const cutter = readFileSync(new URL("pieces.mjs", import.meta.url), "utf8");
const cacheFolder = path.join(cache, "data");
const pageFolder = path.join(root, "web/public/data");

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const size = (file) => statSync(file, { throwIfNoEntry: false })?.size;

/** The file in a folder of data sets, when it is there with the right size. The sum is checked when it is copied. */
const inFolder = (folder, set, { name, bytes }) => {
  const file = folder && path.join(folder, set, name);
  return file && size(file) === bytes ? file : undefined;
};

/** Fetches a file; gives up when no answer comes within 4 seconds, or nothing more for 15. */
async function downloadFrom(mirror, { name, served_as = name, bytes, sha256: sum }) {
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), 4_000);
  const chunks = [];
  try {
    const response = await fetch(mirror + served_as, { signal: control.signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), 15_000);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  const body = Buffer.concat(chunks);
  if (body.length !== bytes || sha256(body) !== sum) throw new Error("the file is not the published one");
  return body;
}

/** Downloads a file into the cache from the first mirror that serves it; undefined when none does. */
async function download(set, file) {
  for (const mirror of sets[set].mirrors ?? []) {
    try {
      say(`downloading ${set}/${file.name}, ${(file.bytes / 1e6).toFixed(1)} MB`);
      const body = await downloadFrom(mirror, file);
      const target = path.join(cacheFolder, set, file.name);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(`${target}.part`, body);
      renameSync(`${target}.part`, target);
      return target;
    } catch (error) {
      say(
        `warning: ${new URL(mirror).host} did not serve ${set}/${file.name}: ${error.cause?.code ?? error.message}`,
      );
    }
  }
  return undefined;
}

/** Where a set's files are, or undefined when one is nowhere to be had. */
async function find(set, { mayDownload }) {
  const found = [];
  for (const file of sets[set].files) {
    let source = inFolder(process.env.LIVEGRAD_DATA, set, file) ?? inFolder(cacheFolder, set, file);
    if (!source && mayDownload) source = await download(set, file);
    if (!source) return undefined;
    found.push({ ...file, source });
  }
  return found;
}

/** A set's files as published, checked; undefined when one is nowhere to be had or damaged. */
async function read(set) {
  const files = await find(set, { mayDownload: true });
  const contents = [];
  for (const { sha256: sum, source } of files ?? []) {
    const bytes = readFileSync(source);
    if (sha256(bytes) !== sum) {
      say(`warning: ${source} is damaged (its sha256 differs) and is not used`);
      return undefined;
    }
    contents.push(bytes);
  }
  return files && contents;
}

/** Cuts a set into pieces in its folder beside the page; gives what the manifest says of it. */
function placeSet(set, contents) {
  const folder = path.join(pageFolder, set);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { pieces, entry } = cut(contents, sets[set]);
  for (const { name, bytes } of pieces) writeFileSync(path.join(folder, name), bytes);
  return entry;
}

/**
 * Puts every set that can be had beside the page, in pieces, and writes manifest.json: { sets: [{ name, title, credit, shape,
 * classes, training, test, pieces }] }. What lies there already stays.
 */
export async function placeData() {
  const manifest = path.join(pageFolder, "manifest.json");
  const before = existsSync(manifest) ? readFileSync(manifest, "utf8") : '{ "sets": [] }';
  const present = [];
  for (const [name, { title, credit, files }] of Object.entries(sets)) {
    // A set is cut anew when its files or the way of cutting are others.
    const source = sha256(JSON.stringify([files, sets[name].shape]) + cutter);
    const known = JSON.parse(before).sets.find((set) => set.name === name && set.source === source);
    const whole = known?.pieces.every(
      (piece) => size(path.join(pageFolder, name, piece.name)) === piece.bytes,
    );
    const contents = whole ? undefined : await read(name);
    if (!whole && !contents) continue;
    const entry = whole ? known : { name, source, ...placeSet(name, contents) };
    present.push({ ...entry, title, credit });
  }
  mkdirSync(pageFolder, { recursive: true });
  const text = JSON.stringify({ sets: present }) + "\n";
  if (before !== text) writeFileSync(manifest, text);
  if (!present.some(({ name }) => name === "mnist")) {
    say(
      "warning: MNIST is not to be had here; the page trains on digits that it draws itself. Set LIVEGRAD_DATA to a folder with mnist/ in it to use the real ones.",
    );
  }
  return present.map(({ name }) => name);
}

/** Sees to it that MNIST is where the command line looks for it. */
export async function cacheData() {
  await find("mnist", { mayDownload: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    const present = await placeData();
    say(`data sets beside the page: ${present.join(", ") || "none"}`);
  });
}
