// What lies in files that the reader brought: pictures in class folders, or tables of pixels.
import { Unzip, UnzipInflate } from "fflate";
import { formatCount } from "./format";
import type { Brought } from "./learner";
import { readCsv } from "./own-csv";
import { isIdx, readIdx } from "./own-idx";
import { checkCounts, type PictureFiles, type PictureTable, wrong } from "./own-kinds";

const kPicture = /\.(png|jpe?g|gif|webp|bmp|avif|svg|tiff?|heic)$/i;
const kHidden = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/;

/** Finds out what was brought. Throws LivegradError: invalid_data, with what is wrong and what would be right. */
export async function readOwn(brought: readonly Brought[]): Promise<PictureFiles | PictureTable> {
  const opened = (await Promise.all(brought.map(openOne))).flat();
  const files = opened.filter(({ path }) => !kHidden.test(path));
  const [first] = brought;
  const name = (first?.path ?? "").split("/")[0]!.replace(/\.(zip|csv|tsv|gz)$/i, "");
  const pictures = files.filter(({ path }) => kPicture.test(path));
  if (pictures.length > 0) return inFolders(name, pictures);
  const table = files.find(({ path }) => /\.(csv|tsv|txt)$/i.test(path));
  if (table)
    return readCsv(
      table.path
        .split("/")
        .at(-1)!
        .replace(/\.\w+$/, ""),
      table.path,
      table.file,
    );
  const idx = [];
  for (const { path, file } of files) if (await isIdx(file)) idx.push({ path, file });
  if (idx.length > 0) return readIdx(name, idx);
  throw wrong(
    files.length === 0
      ? `There are no files in ${first?.path ?? "it"}.`
      : `${files[0]!.path} is neither a picture nor a table of pixels. Bring pictures in folders named after their classes (as a folder or a zip file), a CSV file or IDX files.`,
  );
}

function inFolders(name: string, pictures: readonly Brought[]): PictureFiles {
  const classOf = ({ path }: Brought): string => path.split("/").at(-2) ?? "";
  const loose = pictures.find(({ path }) => !path.includes("/"));
  if (loose)
    throw wrong(
      `${loose.path} lies in no class folder. Put the pictures of each class into a folder with its name: cats/1.png, dogs/1.png.`,
    );
  const classes = [...new Set(pictures.map(classOf))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  if (classes.length === 1)
    throw wrong(
      `All ${formatCount(pictures.length)} pictures lie in one folder, "${classes[0]}". There must be two classes or more, each in a folder of its own.`,
    );
  checkCounts(pictures.length, classes.length);
  const files = pictures.map(({ path, file }) => ({
    path,
    file,
    label: classes.indexOf(classOf({ path, file })),
  }));
  return { kind: "files", name, classes, files };
}

/** A zip file's content, a gzip file's content, or the file itself. */
async function openOne({ path, file }: Brought): Promise<Brought[]> {
  const magic = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (magic[0] === 0x50 && magic[1] === 0x4b) return unzip(path, file);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return [{ path, file }];
  try {
    const stream = file.stream().pipeThrough(new DecompressionStream("gzip"));
    const inside = path.replace(/\.gz$/i, "");
    return [{ path: inside, file: new File([await new Response(stream).arrayBuffer()], inside) }];
  } catch {
    throw wrong(`${path} is a damaged gzip file.`);
  }
}

/** Unpacks as it reads, so that the page stays awake. */
async function unzip(path: string, file: File): Promise<Brought[]> {
  const found: Brought[] = [];
  let trouble = "";
  const unzipper = new Unzip((entry) => {
    if (entry.name.endsWith("/") || kHidden.test(entry.name)) return;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    entry.ondata = (error, part, final) => {
      if (error) trouble ||= `${entry.name} in ${path} is damaged.`;
      else parts.push(part as Uint8Array<ArrayBuffer>);
      if (final) found.push({ path: entry.name, file: new File(parts, entry.name) });
    };
    entry.start();
  });
  unzipper.register(UnzipInflate);
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      unzipper.push(value ?? new Uint8Array(), done);
      if (done) break;
    }
  } catch {
    trouble ||= `${path} is a damaged zip file, or one of a kind that is not supported.`;
  }
  if (trouble) throw wrong(trouble);
  return found;
}
