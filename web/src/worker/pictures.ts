import type { Grid } from "../api/types";

/** Pictures of [count, height, width] side by side. */
export function layOut(
  count: number,
  tile: { readonly width: number; readonly height: number },
  options: { readonly scale: number; readonly gap: number; readonly columns: number | undefined },
): Grid {
  const { scale, gap } = options;
  const tileWidth = tile.width * scale;
  const tileHeight = tile.height * scale;
  const nearSquare = Math.ceil(Math.sqrt((count * tileHeight) / tileWidth));
  const columns = Math.max(1, Math.min(count, options.columns ?? nearSquare));
  const rows = Math.ceil(count / columns);
  return {
    width: columns * (tileWidth + gap) - gap,
    height: rows * (tileHeight + gap) - gap,
    columns,
    rows,
    tileWidth,
    tileHeight,
    gap,
  };
}

/** Copies colours [count, height, width] to their places in the grid, each `scale` times as large. */
export function arrange(
  colors: Uint32Array,
  count: number,
  grid: Grid,
  scale: number,
  out: Uint32Array,
): void {
  const width = grid.tileWidth / scale;
  const height = grid.tileHeight / scale;
  for (let k = 0; k < count; ++k) {
    const left = (k % grid.columns) * (grid.tileWidth + grid.gap);
    const top = Math.floor(k / grid.columns) * (grid.tileHeight + grid.gap);
    for (let y = 0; y < height; ++y) {
      const first = (top + y * scale) * grid.width + left;
      const row = (k * height + y) * width;
      if (scale === 1) {
        out.set(colors.subarray(row, row + width), first);
        continue;
      }
      for (let x = 0; x < width; ++x) out.fill(colors[row + x]!, first + x * scale, first + (x + 1) * scale);
      for (let copy = 1; copy < scale; ++copy)
        out.copyWithin(first + copy * grid.width, first, first + grid.tileWidth);
    }
  }
}

/** Colours of [count, 3, height, width] numbers, red, green and blue, black at `low`, full at `high`. */
export function mixColors(
  x: Float32Array,
  count: number,
  area: number,
  low: number,
  high: number,
  out: Uint32Array,
): void {
  const factor = high > low ? 255 / (high - low) : 0;
  const level = (value: number) => Math.max(0, Math.min(255, Math.round((value - low) * factor)));
  for (let k = 0; k < count; ++k) {
    const red = 3 * k * area;
    for (let i = 0; i < area; ++i) {
      const [r, g, b] = [level(x[red + i]!), level(x[red + area + i]!), level(x[red + 2 * area + i]!)];
      out[k * area + i] = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
    }
  }
}
