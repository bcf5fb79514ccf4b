import { paletteColors } from "../worker/palettes";

/** Numbers in rows and columns; NaN where there is none. */
export interface Cells {
  readonly width: number;
  readonly values: readonly number[];
}

/** CSS pixels: of a cell that shows its number, of a cell that does not, of the longest side. */
const kLarge = 40;
const kSmall = 20;
const kSide = 120;

const palettes = new Map<boolean, Uint32Array>();

function colorOf(level: number, dark: boolean): readonly [red: number, green: number, blue: number] {
  let palette = palettes.get(dark);
  if (!palette) palettes.set(dark, (palette = paletteColors(dark ? "diverging-dark" : "diverging")));
  const color = palette[Math.round(127.5 + 127.5 * level)]!;
  return [color & 255, (color >> 8) & 255, (color >> 16) & 255];
}

/** Draws numbers as cells of colour, blue below and orange above zero; few enough have their number written in. */
export function drawCells(canvas: HTMLCanvasElement, { width, values }: Cells, dark: boolean): void {
  const height = values.length / width;
  const longest = Math.max(width, height);
  const written = longest <= 5;
  const cell = written ? kLarge : Math.max(2, Math.min(kSmall, Math.floor(kSide / longest)));
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * cell * ratio);
  canvas.height = Math.round(height * cell * ratio);
  canvas.style.width = `${width * cell}px`;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1e-30);
  const gap = cell > 4 ? 1 : 0;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const [x, y] = [(i % width) * cell, Math.floor(i / width) * cell];
    const [red, green, blue] = colorOf(value / most, dark);
    context.fillStyle = dark ? "#3a4449" : "#c4cbc8";
    context.fillRect(x, y, cell, cell);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(x, y, cell - gap, cell - gap);
    if (!written) return;
    context.fillStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 140 ? "#161b20" : "#ffffff";
    context.fillText(short(value), x + (cell - gap) / 2, y + cell / 2);
  });
}

/** At most five characters. */
function short(value: number): string {
  const size = Math.abs(value);
  const text =
    size === 0
      ? "0"
      : size < 0.005 || size >= 1000
        ? value.toExponential(0).replace("e+", "e")
        : value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
  return text.replace("-", "−");
}
