// The reader's own pictures in the browser's storage: what they are, and apart from that, since they may be many, their pixels.
import { delMany, get, setMany } from "idb-keyval";
import type { PixelData } from "../api";

const kAbout = "livegrad pictures";
const kPictures = "livegrad pixels";

/** What is known of them without reading all. */
export interface KeptPictures {
  readonly name: string;
  readonly classes: number;
  readonly pictures: number;
}

/** In place of those before. */
export async function keepPictures(data: PixelData): Promise<void> {
  const pictures = data.training.labels.length + data.test.labels.length;
  const about: KeptPictures = { name: data.name, classes: data.classes.length, pictures };
  await setMany([
    [kAbout, about],
    [kPictures, data],
  ]);
}

export function keptPictures(): Promise<KeptPictures | undefined> {
  return get(kAbout);
}

export function openPictures(): Promise<PixelData | undefined> {
  return get(kPictures);
}

export function forgetPictures(): Promise<void> {
  return delMany([kAbout, kPictures]);
}
