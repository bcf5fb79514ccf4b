// The ink on a photograph of something written. Fetched when the first is opened.
import { LivegradError } from "../api";

/** Across which the paper's brightness is taken for even, as a part of the side. */
const kPatches = 6;
/** Grey levels by which ink must differ from paper. */
const kLeast = 24;

function canvasOf(side: number): [OffscreenCanvas, OffscreenCanvasRenderingContext2D] {
  const canvas = new OffscreenCanvas(side, side);
  return [canvas, canvas.getContext("2d", { willReadFrequently: true })!];
}

function greys(context: OffscreenCanvasRenderingContext2D, side: number): Float32Array {
  const { data } = context.getImageData(0, 0, side, side);
  return Float32Array.from(
    { length: side * side },
    (_, i) => 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!,
  );
}

/**
 * The middle square of a picture, opaque where it is written on: dark on light or light on dark, with uneven light.
 * Throws LivegradError: invalid_data.
 */
export async function inkOfPhoto(file: File, side: number): Promise<OffscreenCanvas> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new LivegradError(
      "invalid_data",
      "",
      `The file ${file.name} is no picture that this browser can read.`,
    );
  });
  const { width, height } = picture;
  const square = Math.min(width, height);
  const [canvas, context] = canvasOf(side);
  context.fillStyle = "#fff"; // paper behind what is transparent
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
  const grey = greys(context, side);

  // The paper as it is lit: the mean around each place, of which ink is a small part.
  const [small, patches] = canvasOf(kPatches);
  patches.imageSmoothingQuality = "high";
  patches.drawImage(canvas, 0, 0, kPatches, kPatches);
  context.drawImage(small, 0, 0, side, side);
  const paper = greys(context, side);
  const above = grey.map((value, i) => value - paper[i]!);
  const sorted = above.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  const isLight = at(0.995) > -at(0.005);
  const most = Math.max(at(0.995), -at(0.005));
  if (most < kLeast)
    throw new LivegradError(
      "invalid_data",
      "",
      `Nothing is written on ${file.name}, or too faintly. Take a thick pen, and fill the picture with the digit.`,
    );
  const image = context.createImageData(side, side);
  above.forEach((value, i) => {
    const strength = (isLight ? value : -value) / most;
    image.data[4 * i + 3] = Math.max(0, Math.min(255, 255 * 3 * (strength - 0.35)));
  });
  context.putImageData(image, 0, 0);
  return canvas;
}
