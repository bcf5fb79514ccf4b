import { LivegradError, type Pictures } from "../api";
import { formatCount } from "./format";

/** More than this would fill the memory of a phone. */
export const kMostPictures = 60_000;

/** Pictures that are still to be decoded and scaled. */
export interface PictureFiles {
  readonly kind: "files";
  readonly name: string;
  readonly classes: readonly string[];
  readonly files: readonly { readonly path: string; readonly label: number; readonly file: Blob }[];
}

/** Pictures as a table has them. */
export interface PictureTable {
  readonly kind: "table";
  readonly name: string;
  readonly classes: readonly string[];
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly training: Pictures;
  /** Null: a share of the others is held out. */
  readonly test: Pictures | null;
}

export function wrong(message: string): LivegradError {
  return new LivegradError("invalid_data", "", message);
}

export function checkCounts(pictures: number, classes: number): void {
  if (classes > 256) throw wrong(`There are ${formatCount(classes)} classes, and at most 256 are possible.`);
  if (pictures > kMostPictures)
    throw wrong(
      `There are ${formatCount(pictures)} pictures, and at most ${formatCount(kMostPictures)} are possible. Leave some out.`,
    );
}
