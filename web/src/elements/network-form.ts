import { css, html, LitElement, nothing, unsafeCSS } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import element from "../styles/element.css?inline";
import tokens from "../styles/tokens.css?inline";
import type { LayerInfo, LayerSpec, Spec, SpecCheck, SpecError } from "../api";
import { formatCount, formatShape } from "./format";
import { type Field, fieldsOf, insideOf, kindOf, kinds, newLayer, textOf, valueOf } from "./layer-fields";
import { icons } from "./icons";
import { specSentence } from "./sentences";
import { weightSum } from "./weight-sum";

/** Where a layer is: its index, behind those of the blocks around it. */
type Path = readonly number[];

/**
 * A network as a form: a row for each layer. Properties in: the spec, and what the core says of it; event out: "edit", whose
 * detail is another spec.
 */
@customElement("livegrad-network-form")
export class LivegradNetworkForm extends LitElement {
  static override styles = [
    css`
      ${unsafeCSS(tokens)}
    `,
    css`
      ${unsafeCSS(element)}
    `,
    css`
      ol {
        display: grid;
        gap: 8px;
      }
      .fields + ol {
        margin-top: 12px;
      }
      ol ol {
        margin: 8px 0 0 16px;
      }
      .layer {
        padding: 8px 12px;
        border: 1px solid var(--line);
        border-radius: 4px;
        background: var(--well);
      }
      .layer.wrong {
        border-color: var(--wrong);
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 12px;
      }
      .head h3 {
        flex: 1;
        margin: 0;
        font: 600 14px/32px var(--font);
      }
      .head h3 span {
        color: var(--ink-soft);
        font-weight: 400;
      }
      .tools {
        display: flex;
      }
      .tools button {
        min-width: 32px;
        min-height: 32px;
        padding: 0 8px;
        color: var(--ink-soft);
      }
      .facts {
        width: 100%;
        min-height: 20px;
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 20px;
      }
      .fields {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        margin-top: 4px;
      }
      .fields label {
        display: grid;
        width: 88px;
        color: var(--ink-soft);
        font-weight: 400;
        font-size: 13px;
      }
      .fields label.wide {
        width: 128px;
      }
      .fields label.switch {
        display: flex;
        align-items: center;
        align-self: end;
        gap: 8px;
        width: auto;
        height: 32px;
      }
      .fields input,
      .fields select {
        width: 100%;
      }
      .fields input[type="checkbox"] {
        width: 16px;
        height: 16px;
        margin: 0;
        accent-color: var(--accent);
      }
      [aria-invalid="true"] {
        border-color: var(--wrong) !important;
        outline: 1px solid var(--wrong);
      }
      summary {
        margin-top: 4px;
        color: var(--ink-soft);
        font-size: 13px;
        cursor: pointer;
      }
      .error {
        margin-top: 8px;
        color: var(--wrong);
        font-size: 14px;
      }
      .add {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin-top: 12px;
        font-size: 14px;
      }
    `,
  ];

  @property({ attribute: false }) spec: Spec = { input: [1, 28, 28], layers: [] };
  @property({ attribute: false }) check: SpecCheck | null = null;
  @property({ type: Boolean }) locked = false;
  /** Index of the layer that a new one goes behind; -1: the input. Null: the last before the loss. */
  @state() private behind: number | null = null;
  #kind = "conv";
  /** What to give the keyboard back to after an edit. */
  #focus: string | null = null;

  protected override updated(): void {
    // Once a reader has chosen, only this property moves the choice.
    for (const select of this.renderRoot.querySelectorAll<HTMLSelectElement>("select[data-value]"))
      select.value = select.dataset["value"]!;
    if (!this.#focus) return;
    const buttons = [...this.renderRoot.querySelectorAll<HTMLButtonElement>(`[data-focus="${this.#focus}"]`)];
    this.#focus = null;
    buttons.find((button) => !button.disabled)?.focus();
  }

  protected override render(): unknown {
    const { spec } = this;
    const error = this.#errors("").find(({ pointer }) => !pointer.startsWith("/layers/"));
    return html`<fieldset ?disabled=${this.locked}>
      <div class="fields">${this.#input(spec, error?.pointer.startsWith("/input") === true)}</div>
      ${error ? html`<p class="error">${specSentence(error)}</p>` : nothing}
      <ol aria-label="Layers">
        ${spec.layers.map((layer, index) => this.#layer(layer, [index], spec.layers.length))}
      </ol>
      ${this.#adding(spec)}
    </fieldset>`;
  }

  #input(spec: Spec, wrong: boolean): unknown {
    const { input } = spec;
    const invalid = wrong ? "true" : nothing;
    if ("sequence" in input)
      return html`<label title="Steps of one example"
        >sequence
        <input
          type="number"
          min="1"
          .value=${String(input.sequence)}
          aria-invalid=${invalid}
          @change=${(event: Event) =>
            this.#send({
              ...spec,
              input: { ...input, sequence: Number((event.target as HTMLInputElement).value) },
            })}
      /></label>`;
    return html`<label class="wide" title="Channels, height and width of one example"
      >input
      <input
        type="text"
        .value=${input.join(", ")}
        aria-invalid=${invalid}
        @change=${(event: Event) => this.#setInput((event.target as HTMLInputElement).value)}
    /></label>`;
  }

  #adding({ layers }: Spec): unknown {
    const last = layers.findLastIndex((layer) => "loss" in layer);
    const after = Math.min(this.behind ?? (last < 0 ? layers.length : last) - 1, layers.length - 1);
    return html`<div class="add">
      <label for="kind">Add</label>
      <select id="kind" @change=${(event: Event) => (this.#kind = (event.target as HTMLSelectElement).value)}>
        ${Object.entries(kinds).map(([kind, title]) => html`<option value=${kind}>${title}</option>`)}
      </select>
      <label for="after">after</label>
      <select
        id="after"
        data-value=${after}
        @change=${(event: Event) => (this.behind = Number((event.target as HTMLSelectElement).value))}
      >
        <option value="-1">the input</option>
        ${layers.map((layer, index) => html`<option value=${index}>${this.#name(layer, [index])}</option>`)}
      </select>
      <button class="small" type="button" data-focus="add" @click=${() => this.#add(after)}>Add layer</button>
    </div>`;
  }

  #layer(layer: LayerSpec, path: Path, count: number): unknown {
    const kind = kindOf(layer);
    const name = this.#name(layer, path);
    const pointer = this.#pointer(path);
    const index = path.at(-1)!;
    const errors = this.#errors(pointer);
    const fields = fieldsOf(kind);
    const inside = insideOf(layer);
    const key = path.join("-");
    const more = fields.filter(({ main }) => !main);
    const field = (field: Field): unknown => this.#field(field, layer, path, name, errors);
    return html`<li class="layer ${errors.length && !inside ? "wrong" : ""}">
      <div class="head">
        <h3>${kinds[kind] ?? "Unknown layer"} <span>${name}</span></h3>
        <div class="tools">
          <button
            class="plain"
            type="button"
            aria-label="Move ${name} up"
            title="Up"
            data-focus="up-${key}"
            ?disabled=${index === 0}
            @click=${() => this.#move(path, -1)}
          >
            ${icons.up}
          </button>
          <button
            class="plain"
            type="button"
            aria-label="Move ${name} down"
            title="Down"
            data-focus="down-${key}"
            ?disabled=${index === count - 1}
            @click=${() => this.#move(path, 1)}
          >
            ${icons.down}
          </button>
          <button
            class="plain"
            type="button"
            aria-label="Remove ${name}"
            title="Remove"
            data-focus="remove-${key}"
            @click=${() => this.#remove(path)}
          >
            ${icons.remove}
          </button>
        </div>
        <p class="facts">${this.#facts(pointer, layer)}</p>
      </div>
      <div class="fields">${fields.filter(({ main }) => main).map(field)}</div>
      ${
        more.length
          ? html`<details>
              <summary>More</summary>
              <div class="fields">${more.map(field)}</div>
            </details>`
          : nothing
      }
      ${
        inside
          ? html`<ol>
              ${inside.map((one, at) => this.#layer(one, [...path, at], inside.length))}
            </ol>`
          : nothing
      }
      ${inside ? nothing : errors.map((error) => html`<p class="error" id="error-${key}">${specSentence(error)}</p>`)}
    </li>`;
  }

  #field(field: Field, layer: LayerSpec, path: Path, name: string, errors: readonly SpecError[]): unknown {
    const { key, label, about, input, live, choices, low, high, whole, usual } = field;
    const value = layer[key];
    // Of a shape that does not fit, the core tells the layer, and in words which of its numbers it means.
    const wrong = errors.some(
      ({ pointer, message }) =>
        pointer === `${this.#pointer(path)}/${key}` ||
        (value !== undefined && message.includes(`${key} ${textOf(value)} `)),
    );
    const set = (event: Event): void => {
      const source = event.target as HTMLInputElement;
      if (source.validity.badInput) return;
      const next = input === "switch" ? source.checked || undefined : valueOf(field, source.value);
      // What makes a layer what it is cannot be nothing.
      if (next !== undefined || key !== kindOf(layer)) this.#set(path, key, next);
    };
    const described = wrong ? `error-${path.join("-")}` : nothing;
    const title = `${label} of ${name}`;
    const control =
      input === "choice"
        ? html`<select
            aria-label=${title}
            aria-invalid=${wrong ? "true" : nothing}
            aria-describedby=${described}
            data-value=${textOf(value) || usual}
            @change=${set}
          >
            ${usual === "" && key !== kindOf(layer) ? html`<option value=""></option>` : nothing}
            ${choices.map((choice) => html`<option value=${choice}>${choice.replaceAll("_", " ")}</option>`)}
          </select>`
        : input === "switch"
          ? html`<input type="checkbox" aria-label=${title} .checked=${value === true} @change=${set} />`
          : html`<input
              type=${input}
              aria-label=${title}
              aria-invalid=${wrong ? "true" : nothing}
              aria-describedby=${described}
              step=${whole ? 1 : "any"}
              min=${low ?? nothing}
              max=${high ?? nothing}
              placeholder=${usual}
              .value=${textOf(value)}
              @input=${live ? set : nothing}
              @change=${live ? nothing : set}
              @blur=${(event: Event) => ((event.target as HTMLInputElement).value = textOf(value))}
            />`;
    if (input === "switch") return html`<label class="switch" title=${about}>${control} ${label}</label>`;
    return html`<label class=${input === "number" ? "" : "wide"} title=${about}>${label} ${control}</label>`;
  }

  #facts(pointer: string, layer: LayerSpec): string {
    const info = this.#info(pointer);
    if (!info) return "";
    const { output, parameterCount, multiplyAdds } = info;
    const parts = output.length ? [`→ ${formatShape(output)}`] : [];
    if (parameterCount > 0) parts.push(`${formatCount(parameterCount)} weights`);
    if (multiplyAdds > 0) parts.push(`${formatCount(multiplyAdds)} multiply-adds`);
    const sum = weightSum(layer, parameterCount);
    return parts.join(", ") + (sum ? `; weights: ${sum}` : "");
  }

  /** What the core says of a layer, when it understands the network. */
  #info(pointer: string): LayerInfo | undefined {
    return this.check?.ok ? this.check.layers.findLast((layer) => layer.pointer === pointer) : undefined;
  }

  #errors(pointer: string): readonly SpecError[] {
    if (this.check?.ok !== false) return [];
    return this.check.errors.filter(
      (error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`),
    );
  }

  #pointer(path: Path): string {
    let layers: readonly LayerSpec[] = this.spec.layers;
    let pointer = "/layers";
    for (const [depth, index] of path.entries()) {
      const layer = layers[index]!;
      pointer += `/${index}`;
      if (depth < path.length - 1) {
        pointer += `/${kindOf(layer)}`;
        layers = insideOf(layer) ?? [];
      }
    }
    return pointer;
  }

  #name(layer: LayerSpec, path: Path): string {
    const id = this.#info(this.#pointer(path))?.id;
    return typeof layer["name"] === "string"
      ? layer["name"]
      : (id ?? `${kindOf(layer)} in place ${path.map((at) => at + 1).join(".")}`);
  }

  // Edits: each makes a new spec.

  #set(path: Path, key: string, value: unknown): void {
    this.#edit(path, (layers, index) => {
      const { [key]: _, ...rest } = layers[index]!;
      const changed = value === undefined ? rest : { ...layers[index]!, [key]: value };
      return layers.map((layer, at) => (at === index ? changed : layer));
    });
  }

  #setInput(text: string): void {
    const input = text
      .split(/[\s,x×]+/)
      .filter(Boolean)
      .map(Number);
    this.#send({ ...this.spec, input });
  }

  #move(path: Path, by: -1 | 1): void {
    const to = [...path.slice(0, -1), path.at(-1)! + by].join("-");
    this.#focus = `${by < 0 ? "up" : "down"}-${to}`;
    this.#edit(path, (layers, index) => {
      const moved = [...layers];
      moved.splice(index + by, 0, ...moved.splice(index, 1));
      return moved;
    });
  }

  #remove(path: Path): void {
    this.#focus = `remove-${path.join("-")}`;
    this.#edit(path, (layers, index) => layers.filter((_, at) => at !== index));
  }

  #add(after: number): void {
    const { spec } = this;
    const input = "sequence" in spec.input ? [spec.input.sequence] : spec.input;
    const output = after < 0 ? input : (this.#info(`/layers/${after}`)?.output ?? input);
    const before = spec.layers.slice(0, after + 1).map((layer, index) => this.#name(layer, [index]));
    const made = newLayer(this.#kind, output, before);
    const layers = this.#named(spec.layers);
    const name = freeName(this.#kind, layers);
    this.behind = after + 1;
    this.#send({
      ...spec,
      layers: [...layers.slice(0, after + 1), { ...made, name }, ...layers.slice(after + 1)],
    });
  }

  #edit(path: Path, change: (layers: readonly LayerSpec[], index: number) => LayerSpec[]): void {
    const within = (layers: readonly LayerSpec[], [index, ...rest]: Path): LayerSpec[] =>
      rest.length === 0
        ? change(layers, index!)
        : layers.map((layer, at) =>
            at === index ? { ...layer, [kindOf(layer)]: within(insideOf(layer) ?? [], rest) } : layer,
          );
    this.#send({ ...this.spec, layers: within(this.#named(this.spec.layers), path) });
  }

  /** With the names that layers without one go by now: places change, and weights stay with the names. */
  #named(layers: readonly LayerSpec[]): LayerSpec[] {
    return layers.map((layer, index) => {
      const id = this.#info(`/layers/${index}`)?.id;
      return "name" in layer || "loss" in layer || !id ? layer : { ...layer, name: id };
    });
  }

  #send(spec: Spec): void {
    this.dispatchEvent(new CustomEvent("edit", { detail: spec }));
  }
}

function freeName(kind: string, layers: readonly LayerSpec[]): string {
  const taken = new Set(layers.map((layer) => layer["name"]));
  for (let number = 1; ; number++) if (!taken.has(`${kind}${number}`)) return `${kind}${number}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "livegrad-network-form": LivegradNetworkForm;
  }
}
