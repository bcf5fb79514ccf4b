// Draws how cost grows, as SVG: the time of an example on the left, the speed on the right.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { compile } from "vega-lite";
import { parse, View } from "vega";

// Halfway between black and white: they are read on a light page and on a dark one.
const colours = ["#3b82f6", "#d97706"];
const grey = "#7b848e";
const faint = "#7b848e40";

const config = {
  background: null,
  font: "sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: grey,
    titleColor: grey,
    titleFontWeight: "normal",
    titleFontSize: 12,
    labelFontSize: 11,
    domainColor: grey,
    tickColor: grey,
    gridColor: faint,
    tickSize: 4,
    labelFlush: false,
    labelPadding: 6,
  },
  title: { color: grey, fontSize: 13, fontWeight: "normal", anchor: "start", offset: 10 },
};

/** What a logarithmic axis spans, in steps of 1, 2 and 5, and which of these steps are named: powers of ten where it is long. */
function span(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const steps = Array.from({ length: 13 }, (_, power) =>
    [1, 2, 5].map((digit) => Number(`${digit}e${power - 4}`)),
  );
  const all = steps.flat();
  const [from, to] = [all.findLast((step) => step <= least), all.find((step) => step >= most)];
  const within = all.filter((step) => step >= from && step <= to);
  const named = within.length > 7 ? within.filter((step) => Number.isInteger(Math.log10(step))) : within;
  return { domain: [from, to], named };
}

/** `field` of the rows over x, up to the ceiling if there is one. */
function panel(field, { title, rows, sizes, axis, named, ceiling }) {
  const { domain, named: steps } = span([...rows.map((row) => row[field]), ...(ceiling ? [ceiling] : [])]);
  const x = {
    field: "x",
    type: "quantitative",
    title: axis,
    scale: { type: "log", domain: [sizes[0], sizes.at(-1)] },
    axis: { values: sizes, grid: false, format: "d", labelOverlap: false },
  };
  const y = {
    type: "quantitative",
    title: null,
    scale: { type: "log", domain },
    axis: { values: steps, domain: false, ticks: false, format: ",~r" },
  };
  const layers = [
    { mark: { type: "line", strokeWidth: 2 } },
    { mark: { type: "point", size: 22, filled: true, opacity: 1 } },
    // Where a line stops to scale.
    {
      transform: [{ filter: "datum.stops" }],
      mark: { type: "point", size: 130, filled: false, strokeWidth: 2, opacity: 1 },
    },
  ];
  const names = {
    transform: [{ filter: "datum.last" }],
    mark: { type: "text", align: "left", dx: 11, fontSize: 12 },
    encoding: { text: { field: "line" } },
  };
  const drawn = {
    encoding: {
      x,
      y: { ...y, field },
      color: { field: "line", type: "nominal", legend: null, scale: { range: colours }, sort: null },
    },
    layer: [...layers, ...(named ? [names] : [])],
  };
  const peak = {
    data: { values: [{ x: sizes[0], [field]: ceiling }] },
    encoding: { y: { ...y, field } },
    layer: [
      { mark: { type: "rule", strokeDash: [5, 4], color: grey } },
      {
        mark: { type: "text", align: "left", dx: 4, dy: 10, fontSize: 11, color: grey },
        encoding: { x, text: { value: "peak of 128-bit arithmetic" } },
      },
    ],
  };
  return { title, width: 300, height: 210, layer: ceiling ? [drawn, peak] : [drawn] };
}

/** One picture of a sweep in the folder; gives its path. */
export async function draw({ name, axis, peak, lines }, folder) {
  const rows = lines.flatMap(({ name: line, stops, points }) =>
    points.map(({ x, ms, gflops }, index) => ({
      line,
      x,
      microseconds: 1000 * ms,
      gflops,
      stops: x === stops,
      last: index + 1 === points.length,
    })),
  );
  const about = { rows, axis, sizes: lines[0].points.map(({ x }) => x) };
  const { spec } = compile({
    config,
    data: { values: rows },
    // Room for the names and the axis between the two.
    bounds: "flush",
    spacing: 150,
    hconcat: [
      panel("microseconds", { ...about, title: "microseconds an example", named: true }),
      panel("gflops", { ...about, title: "GFLOP/s", ceiling: peak }),
    ],
  });
  const file = path.join(folder, `${name}.svg`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${await new View(parse(spec), { renderer: "none" }).toSVG()}\n`);
  return file;
}
