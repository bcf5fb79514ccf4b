import type { DatasetExample } from "../api";

/** Paints an example as the data set has it: ink on paper, paper in the page's own darkness. */
export function paintExample(
  canvas: HTMLCanvasElement,
  { pixels, shape }: DatasetExample,
  dark: boolean,
): void {
  const [channels = 1, height = 0, width = 0] = shape;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) {
      const value = pixels[(channels === 3 ? c * plane : 0) + i]!;
      image.data[4 * i + c] = channels === 1 && !dark ? 255 - value : value;
    }
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
