// How cost grows, in numbers: what the page measured as medians, where a line stops to scale, tables.
import { digits, median } from "./table.mjs";

/** A line has stopped to scale where it first has this share of its greatest speed. */
const kNearly = 0.9;

function stop(points) {
  const greatest = Math.max(...points.map(({ gflops }) => gflops));
  return points.find(({ gflops }) => gflops >= kNearly * greatest).x;
}

const speed = (operations, ms) => operations / ms / 1e6;

/** Milliseconds of an example and the speed in GFLOP/s, by the median of the runs. */
export function summarize({ name, axis, peak, lines }) {
  return {
    name,
    axis,
    peak: peak && speed(peak.operations, median(peak.ms)),
    lines: lines.map(({ name, points }) => {
      const summed = points.map(({ x, operations, ms }) => ({
        x,
        ms: median(ms),
        gflops: speed(operations, median(ms)),
        runs: ms,
      }));
      return { name, stops: stop(summed), points: summed };
    }),
  };
}

const row = (cells) => `| ${cells.join(" | ")} |`;

function table({ axis, peak, lines }) {
  const head = [axis, ...lines.flatMap(({ name }) => [`${name}, µs an example`, "GFLOP/s"])];
  const stops = lines.map(({ name, stops }) => `${name} from ${stops}`).join(", ");
  return [
    row(head),
    row(head.map(() => "---")),
    ...lines[0].points.map(({ x }, index) =>
      row([
        x,
        ...lines.flatMap(({ points }) => [digits(1000 * points[index].ms), digits(points[index].gflops)]),
      ]),
    ),
    "",
    `${100 * kNearly} % of the greatest speed: ${stops}.${peak ? ` Peak of 128-bit arithmetic: ${digits(peak)} GFLOP/s.` : ""}`,
  ].join("\n");
}

export function tables({ sweeps, variant }, { machine, clock, runs }) {
  const about =
    `${machine}. ${variant}; medians of ${runs} runs in turns, one thread, per second of ${clock}; ` +
    "with threads of the wall clock.";
  return `${[about, ...sweeps.map(table)].join("\n\n")}\n`;
}
