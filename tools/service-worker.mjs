// Builds dist/service-worker.js, a classic script, since not every browser starts modules as service workers; and puts
// into it the list of what it keeps: every file that the pages may load, by content.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";

const kName = "service-worker.js";
/** Pieces of data are kept when they are used; the others are not for pages. */
const kLeftOut = /^(data\/.*\.bin|THIRD_PARTY_NOTICES\.txt|direct\.js|service-worker\.js)$/;

function listOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((url) => !kLeftOut.test(url))
    .sort()
    .map((url) => {
      const revision = createHash("sha256")
        .update(readFileSync(path.join(folder, url)))
        .digest("hex");
      return { url, revision: revision.slice(0, 16) };
    });
}

/** A Vite plugin; `plugins` are those of the worker's own build. */
export function serviceWorkerPlugin(entry, plugins) {
  let folder;
  return {
    name: "livegrad-service-worker",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    async buildEnd(error) {
      if (error) return;
      const { output } = await build({
        configFile: false,
        logLevel: "warn",
        plugins: plugins(),
        build: {
          write: false,
          target: "es2022",
          rolldownOptions: { input: entry, output: { format: "iife", entryFileNames: kName } },
        },
      });
      this.emitFile({ type: "asset", fileName: kName, source: output[0].code });
    },
    writeBundle() {
      const file = path.join(folder, kName);
      const list = JSON.stringify(listOf(folder));
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace("self.__WB_MANIFEST", () => list),
      );
    },
  };
}
