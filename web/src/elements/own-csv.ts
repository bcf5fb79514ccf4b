import Papa from "papaparse";
import { formatCount } from "./format";
import { checkCounts, kMostPictures, type PictureTable, wrong } from "./own-kinds";

/** A line for each picture: its label, and its pixels row by row; of a colour picture first the red ones, then green, then blue. */
export async function readCsv(name: string, path: string, file: File): Promise<PictureTable> {
  const labels: string[] = [];
  const rows: Float32Array[] = [];
  let line = 0;
  let column = -1;
  let width = 0;
  let trouble = "";

  const take = (fields: readonly string[]): void => {
    if (fields.length === 1 && fields[0]!.trim() === "") return;
    if (width === 0) {
      if (fields.length < 2)
        throw wrong(
          `Line ${line} of ${path} has no pixels: a line is a label and its pixels, with commas between.`,
        );
      width = fields.length;
      const header = fields.slice(1).some((field) => Number.isNaN(Number(field)));
      column = header
        ? Math.max(
            0,
            fields.findIndex((field) => /^"?\s*(label|class|target|y)\s*"?$/i.test(field)),
          )
        : 0;
      if (header) return;
    }
    if (fields.length !== width)
      throw wrong(
        `Line ${line} of ${path} has ${formatCount(fields.length)} fields, and the lines before have ${formatCount(width)}.`,
      );
    const row = new Float32Array(width - 1);
    let at = 0;
    fields.forEach((field, i) => {
      if (i === column) return;
      const value = field.trim() === "" ? NaN : Number(field);
      if (!(value >= 0 && value <= 255))
        throw wrong(
          `Line ${line} of ${path}: "${field.slice(0, 20)}" in column ${i + 1} is no number from 0 to 255.`,
        );
      row[at++] = value;
    });
    const label = fields[column]!.trim();
    if (label === "") throw wrong(`Line ${line} of ${path} has no label.`);
    labels.push(label);
    rows.push(row);
    if (rows.length > kMostPictures) checkCounts(rows.length, 0);
  };

  await new Promise<void>((resolve) =>
    Papa.parse<string[]>(file, {
      chunkSize: 1 << 18,
      step: ({ data }, parser) => {
        line++;
        try {
          take(data);
        } catch (error) {
          trouble = (error as Error).message;
          parser.abort();
        }
      },
      complete: () => resolve(),
      error: (error) => {
        trouble = `${path} cannot be read (${error.message}).`;
        resolve();
      },
    }),
  );
  if (trouble) throw wrong(trouble);
  if (rows.length === 0) throw wrong(`There are no lines with pixels in ${path}.`);

  const count = width - 1;
  const channels = Number.isInteger(Math.sqrt(count)) ? 1 : 3;
  const side = Math.sqrt(count / channels);
  if (!Number.isInteger(side))
    throw wrong(
      `A line of ${path} has ${formatCount(count)} pixels, which make no square, grey or in three colours: 784 would be 28 × 28, 3,072 three times 32 × 32.`,
    );
  const numeric = labels.every((label) => /^\d+$/.test(label));
  const classes = [...new Set(labels)].sort((a, b) =>
    numeric ? Number(a) - Number(b) : a.localeCompare(b, "en"),
  );
  if (classes.length === 1)
    throw wrong(`Every line of ${path} has the label "${classes[0]}". There must be two classes or more.`);
  checkCounts(rows.length, classes.length);

  // Pixels from 0 to 1 are as usual as bytes.
  const scale = rows.every((row) => row.every((value) => value <= 1)) ? 255 : 1;
  const pixels = new Uint8Array(rows.length * count);
  rows.forEach((row, i) => {
    for (let k = 0; k < count; k++) pixels[i * count + k] = Math.round(row[k]! * scale);
  });
  const place = new Map(classes.map((label, i) => [label, i]));
  const training = { pixels, labels: Uint8Array.from(labels, (label) => place.get(label)!) };
  return { kind: "table", name, classes, shape: [channels, side, side], training, test: null };
}
