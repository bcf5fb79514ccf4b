import { css, html, unsafeCSS } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import plotStyle from "uplot/dist/uPlot.min.css?inline";
import { LessonElement } from "./base";
import { Chart } from "./chart";
import { legendStyle, lineColors } from "./legend";
import { kMaxLayers } from "./text-networks";
import { formatCount, formatNumber, formatPercent } from "./format";
import { notices } from "./notice";
import { recurrentLayers } from "./recurrent-layers";
import type { TextLesson } from "./text-lesson";

const kEvery = 2000;
/** Windows whose gradients are averaged. */
const kWindows = 6;
const layerColors = lineColors.slice(0, kMaxLayers);
/** Nothing smaller is drawn: 10 to this power. */
const kFloor = -12;

/** How far back in time a mistake reaches: the gradient's size by distance, and how often it was clipped. */
@customElement("livegrad-through-time")
export class LivegradThroughTime extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    legendStyle,
    css`
      ${unsafeCSS(plotStyle)}
    `,
    css`
      .plot {
        min-height: 176px;
      }
      p {
        margin-top: 8px;
        font-size: 14px;
      }
      .below {
        margin-top: 8px;
      }
    `,
  ];

  /** By layer, by distance: the norm of the gradient. */
  @state() private norms: readonly (readonly number[])[] = [];
  @query(".plot") private plot!: HTMLElement;
  #chart: Chart | null = null;
  #seen = false;

  protected override follow(lesson: TextLesson): void {
    const refresh = this.atMostEvery(kEvery, () => this.#measure(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      if (seen) refresh();
    });
    this.listen(lesson.on("tick", () => this.#seen && refresh()));
    this.listen(lesson.on("reset", refresh));
    const observer = new ResizeObserver(() => this.#chart?.resize());
    observer.observe(this);
    this.listen(() => {
      observer.disconnect();
      this.#chart?.destroy();
      this.#chart = null;
    });
  }

  protected override render(): unknown {
    const { norms, lesson } = this;
    return html`
      <ul class="legend">
        ${norms.map((_, i) => html`<li><i class="key k${i}" aria-hidden="true"></i>layer ${i + 1}</li>`)}
      </ul>
      <div
        class="plot"
        role="img"
        aria-label="Size of the gradient against the distance back in time; the sentence below sums it up"
      ></div>
      <p>
        ${norms[0] ? sentenceOf(norms.at(-1)!) : "It is measured on the newest sample, as soon as there is one."}
      </p>
      <p class="soft">${clips(lesson)}</p>
      <div class="below">${notices(lesson, "reader")}</div>
    `;
  }

  async #measure(lesson: TextLesson): Promise<void> {
    const { model, written } = lesson;
    const input = model?.spec.input;
    if (!model || !this.#seen || !input || Array.isArray(input)) return;
    const characters = [...written];
    const layers = recurrentLayers(model);
    const { sequence } = input;
    if (characters.length <= sequence || layers.length === 0) return;
    const sums = layers.map(() => new Float64Array(sequence));
    for (let w = 0; w < kWindows; w++) {
      const from = Math.floor(((characters.length - sequence - 1) * w) / (kWindows - 1));
      const text = characters.slice(from, from + sequence + 1).join("");
      await model.look({ text, lastOnly: true });
      // A gradient that is asked for makes the probe go backward; what the cells leave is read after.
      await model.read("output.out", { gradient: true }).catch(() => null);
      for (const [l, { name, units, cell }] of layers.entries()) {
        const slots = cell === "rnn" ? 1 : 4;
        const gradient = await model.read(`${name}.workspace`);
        for (let t = 0; t < sequence; t++) {
          const row = gradient.subarray(t * slots * units, (t + 1) * slots * units);
          sums[l]![sequence - 1 - t]! += row.reduce((sum, x) => sum + x * x, 0) / kWindows;
        }
      }
    }
    if (lesson.model !== model) return;
    this.norms = sums.map((sum) => [...sum].map(Math.sqrt));
    this.#draw();
  }

  #draw(): void {
    this.#chart ??= new Chart(this.plot, {
      lines: layerColors.map((color, i) => ({ label: `layer ${i + 1}`, color })),
      range: (low, high) => [Math.floor(Math.min(low, high - 1)), Math.ceil(high)],
      format: (y) => (Number.isInteger(y) ? `1e${y}` : ""),
      onPoint: () => {},
    });
    const columns = layerColors.map((_, l) =>
      (this.norms[0] ?? []).map((_, t) => {
        const norm = this.norms[l]?.[t];
        return norm === undefined || !(norm > 0) ? null : Math.max(kFloor, Math.log10(norm));
      }),
    );
    this.#chart.show([(this.norms[0] ?? []).map((_, t) => t), ...columns]);
  }
}

function sentenceOf(norms: readonly number[]): string {
  const near = norms[0]!;
  const far = norms[Math.min(20, norms.length - 1)]!;
  const distance = Math.min(20, norms.length - 1);
  if (!(near > 0) || !(far > 0)) return `After ${distance} steps back nothing is left of the gradient.`;
  const which = near >= far ? "smaller" : "larger";
  return `${distance} steps back the gradient is ${times(Math.max(near / far, far / near))} ${which} than at the last step.`;
}

function times(factor: number): string {
  if (factor >= 1e6) return "more than a million times";
  return `${factor < 100 ? formatNumber(factor) : formatCount(factor)} times`;
}

/** In how many steps gradients were clipped. */
function clips(lesson: TextLesson | null): string {
  const { model, tick } = lesson ?? {};
  if (!model || !tick || tick.step === 0) return "";
  const { clip_norm, clip_value } = model.options.optimizer;
  const share = (count: number): string => formatPercent((100 * count) / tick.step);
  const parts = [
    ...(clip_norm > 0 || tick.clips.byNorm > 0 ? [`scaled to the norm in ${share(tick.clips.byNorm)}`] : []),
    ...(clip_value > 0 || tick.clips.byValue > 0 ? [`clamped in ${share(tick.clips.byValue)}`] : []),
  ];
  return parts.length
    ? `Gradients were ${parts.join(" and ")} of the steps so far.`
    : "Gradients are not clipped.";
}
