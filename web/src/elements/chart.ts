import uPlot from "uplot";

export interface Line {
  label: string;
  /** Name of a custom property: "--training". */
  color: string;
  /** Pale, behind the others: what the others smooth. */
  faint?: boolean;
  /** A dot at every point. */
  dots?: boolean;
  dash?: readonly number[];
}

export interface ChartOptions {
  lines: readonly Line[];
  /** Of y, given the largest and smallest value. */
  range: (low: number, high: number) => [low: number, high: number];
  format: (y: number) => string;
  /** Index of the point under the pointer; null: none. */
  onPoint: (index: number | null) => void;
}

const kHeight = 176;

/** A live line chart in the page's colours: examples seen across, `lines` over it. */
export class Chart {
  #plot: uPlot;

  constructor(
    private readonly place: HTMLElement,
    private readonly options: ChartOptions,
  ) {
    this.#plot = this.#make([[], ...options.lines.map(() => [])]);
  }

  get data(): uPlot.AlignedData {
    return this.#plot.data;
  }

  show(data: uPlot.AlignedData): void {
    this.#plot.setData(data);
  }

  resize(): void {
    const width = this.place.clientWidth;
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: kHeight });
  }

  /** Other lines: those given at first, and more. */
  setLines(lines: readonly Line[]): void {
    this.options.lines = lines;
    this.#plot.destroy();
    this.#plot = this.#make([[], ...lines.map(() => [])]);
  }

  /** Colours are drawn, not styled: a change of scheme draws anew. */
  recolor(): void {
    const data = this.#plot.data;
    this.#plot.destroy();
    this.#plot = this.#make(data);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #make(data: uPlot.AlignedData): uPlot {
    const style = getComputedStyle(this.place);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color("--ink-soft"),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: color("--line"), width: 1 },
      ticks: { show: false },
      gap: 4,
    };
    return new uPlot(
      {
        width: Math.max(200, this.place.clientWidth),
        height: kHeight,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: {
          x: {
            time: false,
            // From the start of learning, unless most of it came before the first point.
            range: (_plot, low, high) =>
              Number.isFinite(high) && high > low ? [low > high / 2 ? low : 0, high] : [0, 1000],
          },
          y: { range: (_plot, low, high) => this.options.range(low ?? 0, high ?? 0) },
        },
        axes: [
          { ...axis, size: 28, space: 72, values: (_plot, values) => values.map(shortCount) },
          {
            ...axis,
            size: 44,
            space: 32,
            values: (_plot, values) => values.map((y) => this.options.format(y)),
          },
        ],
        series: [
          {},
          ...this.options.lines.map(({ color: name, faint, dots, dash }) => ({
            stroke: color(name) + (faint ? "55" : ""),
            width: faint ? 1 : 2,
            ...(dash ? { dash: [...dash] } : {}),
            spanGaps: true,
            points: { show: dots ?? false, size: 5 },
          })),
        ],
        hooks: { setCursor: [(plot) => this.options.onPoint(plot.cursor.idx ?? null)] },
      },
      data,
      this.place,
    );
  }
}

/** 0, 500, 12k, 1.5M */
function shortCount(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return value >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : String(value);
}
