// Reads packages of a newer Debian release without installing them: a private apt state, fed by the
// machine's own mirror and checked by the machine's own archive keys. Needs no root.
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { Failure, say, withProgress } from "../lib/log.mjs";
import { run } from "../lib/run.mjs";
import { debianSuite } from "../lib/versions.mjs";
import { which } from "../lib/paths.mjs";

const defaultKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

export const hasApt = () => Boolean(which("apt-get") && which("dpkg-deb"));

const readText = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Entries {uri, suite, components, keyring} of the one-line format: deb [options] uri suite components. */
function parseList(text) {
  return text.split("\n").flatMap((line) => {
    const match = line.match(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/);
    if (!match) return [];
    const keyring = (match[1] || "").match(/signed-by=(\S+)/)?.[1];
    return [{ uri: match[2], suite: match[3], components: match[4].split(/\s+/), keyring }];
  });
}

/** Entries of the deb822 format (.sources): stanzas of Types, URIs, Suites, Components, Signed-By. */
function parseSources(text) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name) => (stanza.match(new RegExp(`^${name}:[ \\t]*(.*)$`, "mi"))?.[1] || "").trim();
    const words = (name) => field(name).split(/\s+/).filter(Boolean);
    if (!words("Types").includes("deb") || /^no$/i.test(field("Enabled"))) return [];
    return words("URIs").flatMap((uri) =>
      words("Suites").map((suite) => ({
        uri,
        suite,
        components: words("Components"),
        keyring: field("Signed-By"),
      })),
    );
  });
}

/** The mirrors that this machine takes its own Debian packages from, best first. */
export function mirrors(etc = "/etc/apt") {
  const parts = path.join(etc, "sources.list.d");
  const files = existsSync(parts)
    ? readdirSync(parts)
        .sort()
        .map((name) => path.join(parts, name))
    : [];
  const entries = [
    ...parseList(readText(path.join(etc, "sources.list"))),
    ...files.filter((file) => file.endsWith(".list")).flatMap((file) => parseList(readText(file))),
    ...files.filter((file) => file.endsWith(".sources")).flatMap((file) => parseSources(readText(file))),
  ];
  const codename = readText("/etc/os-release").match(/^VERSION_CODENAME="?([^"\n]*)/m)?.[1];
  const usable = entries.filter(
    (e) => e.components.includes("main") && !/security|updates|backports/.test(e.suite),
  );
  const seen = new Set();
  return usable
    .sort((a, b) => (b.suite === codename) - (a.suite === codename))
    .filter((entry) => !seen.has(entry.uri) && seen.add(entry.uri));
}

function sha256(file) {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    createReadStream(file)
      .on("data", (chunk) => hash.update(chunk))
      .on("error", reject)
      .on("end", () => resolve(hash.digest("hex")));
  });
}

/** A private apt whose lists are in `folder`; packages named in `provided` count as installed, nothing else does. */
export class PrivateApt {
  constructor(folder, provided) {
    this.folder = folder;
    this.archives = path.join(folder, "archives");
    for (const name of ["lists/partial", "archives/partial", "none"])
      mkdirSync(path.join(folder, name), { recursive: true });
    const stanza = (name) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nMulti-Arch: allowed\nVersion: 9999\n` +
      `Maintainer: host\nDescription: the host's\n`;
    writeFileSync(path.join(folder, "status"), provided.map(stanza).join("\n"));
  }

  options() {
    const at = (name) => path.join(this.folder, name);
    const settings = {
      "Dir::State::Lists": at("lists"),
      "Dir::State::status": at("status"),
      "Dir::State::extended_states": at("extended"),
      "Dir::Cache": this.folder,
      "Dir::Cache::archives": this.archives,
      "Dir::Cache::pkgcache": "",
      "Dir::Cache::srcpkgcache": "",
      "Dir::Etc::sourcelist": at("sources.list"),
      "Dir::Etc::sourceparts": at("none"),
      "Dir::Etc::preferences": at("none/none"),
      "Dir::Etc::preferencesparts": at("none"),
      "APT::Install-Recommends": "false",
      "APT::Sandbox::User": "root",
      "APT::Update::Error-Mode": "any",
      "Acquire::Retries": "3",
      "Acquire::ForceHash": "sha256",
      "Acquire::Languages": "none",
      "Debug::NoLocking": "true",
    };
    return Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  }

  apt(args, options = {}) {
    return run("apt-get", ["-q", ...this.options(), ...args], { quiet: true, ...options });
  }

  /** Fetches the package lists from the first mirror that has the suite; false when none has it. */
  async update() {
    for (const { uri, keyring } of mirrors()) {
      const key = keyring?.startsWith("/")
        ? keyring
        : existsSync(defaultKeyring)
          ? defaultKeyring
          : undefined;
      const line = `${key ? `[signed-by=${key}] ` : ""}${uri} ${debianSuite} main\n`;
      writeFileSync(path.join(this.folder, "sources.list"), `deb ${line}deb-src ${line}`);
      try {
        say(`reading Debian ${debianSuite}'s package lists`);
        await this.apt(["update"]);
        return true;
      } catch (error) {
        say(`they could not be read: ${error.message.split("\n").at(-1)}`);
      }
    }
    return false;
  }

  /** Downloads packages with all they need; returns their files, each checked against the lists' sha256. */
  async download(packages) {
    const install = ["install", "-y", "--no-install-recommends", ...packages];
    // Against an empty folder, so that the list is whole whatever an interrupted run has left.
    const uris = await this.apt([
      "-o",
      `Dir::Cache::archives=${path.join(this.folder, "none")}`,
      "--print-uris",
      ...install,
    ]);
    const wanted = [...uris.matchAll(/^'\S+' (\S+) (\d+) SHA256:([0-9a-f]{64})/gm)].map(
      ([, name, bytes, sum]) => ({
        file: path.join(this.archives, name),
        name,
        bytes: Number(bytes),
        sum,
      }),
    );
    const total = wanted.reduce((sum, item) => sum + item.bytes, 0);
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
    for (const item of wanted) {
      if (existsSync(item.file) && (await sha256(item.file)) !== item.sum) rmSync(item.file);
    }
    say(`downloading ${wanted.length} packages, ${megabytes(total)}`);
    const here = () =>
      [this.archives, path.join(this.archives, "partial")]
        .flatMap((folder) =>
          readdirSync(folder).map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })),
        )
        .reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0);
    await withProgress(
      () => `downloaded ${megabytes(Math.min(here(), total))} of ${megabytes(total)}`,
      this.apt(["--download-only", ...install]),
    );
    for (const item of wanted) {
      if (!existsSync(item.file) || (await sha256(item.file)) !== item.sum) {
        rmSync(item.file, { force: true });
        throw new Failure(`${item.name} arrived damaged and was removed; run the same command again.`);
      }
    }
    return wanted.map((item) => item.file);
  }

  /** Downloads a source package's upstream tarball into `folder`. */
  async downloadSource(name, folder) {
    mkdirSync(folder, { recursive: true });
    await this.apt(["source", "--download-only", name], { cwd: folder });
    const tarball = readdirSync(folder).find((file) => /\.orig\.tar\./.test(file));
    if (!tarball) throw new Failure(`Debian's source package ${name} has no upstream tarball.`);
    return path.join(folder, tarball);
  }
}

export { sha256 };
