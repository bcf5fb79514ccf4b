import type { Palette } from "../api/types";

type Color = readonly [red: number, green: number, blue: number];

/** Colours between which a palette runs evenly from low to high; NaN is magenta, which no palette has. */
const stops: Record<Palette, readonly Color[]> = {
  // ColorBrewer's blue and orange ends, told apart by every kind of colour blindness.
  diverging: [
    [5, 72, 145],
    [84, 152, 205],
    [247, 247, 247],
    [244, 147, 54],
    [150, 62, 4],
  ],
  "diverging-dark": [
    [130, 195, 255],
    [38, 110, 180],
    [20, 20, 24],
    [200, 98, 20],
    [255, 190, 110],
  ],
  grey: [
    [0, 0, 0],
    [255, 255, 255],
  ],
  ink: [
    [255, 255, 255],
    [0, 0, 0],
  ],
};
const nan: Color = [255, 0, 255];

/** Levels of a palette; one more entry is the colour of NaN. */
const levels = 256;

const pack = ([red, green, blue]: Color) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

/** 256 colours from low to high and that of NaN, as RGBA bytes in little-endian words. */
export function paletteColors(palette: Palette): Uint32Array {
  const colors = new Uint32Array(levels + 1);
  const points = stops[palette];
  for (let level = 0; level < levels; ++level) {
    const place = (level / (levels - 1)) * (points.length - 1);
    const index = Math.min(Math.floor(place), points.length - 2);
    const share = place - index;
    const [from, to] = [points[index]!, points[index + 1]!];
    const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + share * (to[channel] - from[channel]));
    colors[level] = pack([mix(0), mix(1), mix(2)]);
  }
  colors[levels] = pack(nan);
  return colors;
}
