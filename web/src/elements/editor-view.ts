// The code editor itself, around a textarea, and how it looks.
import { css, unsafeCSS } from "lit";
import { createEditor, type PrismEditor } from "prism-code-editor";
import { editHistory, editorCommands, insertLineAndIndent } from "prism-code-editor/commands";
import { highlightBracketPairs } from "prism-code-editor/highlight-brackets";
import "prism-code-editor/languages/json";
import layout from "prism-code-editor/layout.css?inline";
import { matchBrackets } from "prism-code-editor/match-brackets";
import "prism-code-editor/prism/languages/json";

/** Where in a text something is wrong. */
export interface Place {
  from: number;
  to: number;
}

export interface CodeViewOptions {
  parent: HTMLElement;
  text: string;
  /** The places where a text is wrong; asked a moment after it has changed. */
  check: (text: string) => Promise<readonly Place[]>;
  /** The text has changed, by whatever. */
  changed: (text: string) => void;
  /** Ctrl+Enter or Cmd+Enter. */
  apply: () => void;
}

export const codeStyles = [
  unsafeCSS(layout),
  css`
    .prism-code-editor {
      --pce-bg: var(--panel);
      --pce-cursor: var(--ink);
      --pce-selection: var(--accent-wash);
      --pce-line-number: var(--ink-soft);
      --pce-bg-highlight: color-mix(in srgb, var(--accent) 7%, transparent);
      max-height: 520px;
      color: var(--ink);
      font: 13px/20px var(--mono);
    }
    .token.property {
      color: var(--accent);
    }
    .token.string {
      color: var(--right);
    }
    .token.number,
    .token.boolean,
    .token.null {
      color: var(--training);
    }
    .token.punctuation,
    .token.operator {
      color: var(--ink-soft);
    }
    .token.active-bracket {
      background: var(--accent-wash);
      outline: 1px solid var(--edge);
    }
    .wrong-places {
      padding: 0 var(--_pse) 0 var(--padding-left);
      color: transparent;
    }
    .wrong-places mark {
      background: none;
      color: transparent;
      text-decoration: underline wavy var(--wrong) 1.5px;
      text-underline-offset: 3px;
    }
    .pce-line.wrong::before {
      color: var(--wrong);
      font-weight: 700;
    }
  `,
];

/** Milliseconds without a change after which a text is checked. */
const kPause = 250;

export class CodeView {
  readonly #editor: PrismEditor;
  readonly #options: CodeViewOptions;
  /** The text once more, unseen but for lines under what is wrong. */
  readonly #marks = document.createElement("div");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CodeViewOptions) {
    this.#options = options;
    this.#editor = createEditor(
      options.parent,
      { language: "json", value: options.text, wordWrap: true },
      matchBrackets(),
      highlightBracketPairs(),
      // Tab goes on to the next control, as everywhere on the page.
      editorCommands(
        { Enter: (editor) => insertLineAndIndent(editor), "Mod+Enter": () => (options.apply(), true) },
        [],
      ),
      editHistory(),
    );
    this.#marks.className = "wrong-places";
    this.#marks.setAttribute("aria-hidden", "true");
    this.#editor.lines[0]!.append(this.#marks);
    this.#editor.textarea.setAttribute("aria-label", "Network as JSON");
    this.#editor.on("update", (text) => {
      this.#mark([]);
      options.changed(text);
      this.#checkSoon();
    });
    this.#checkSoon();
  }

  get text(): string {
    return this.#editor.value;
  }

  /** Puts a new text in place of all; undo brings the old one back. */
  set text(text: string) {
    if (text === this.text) return;
    const { textarea } = this.#editor;
    const inputType = "insertReplacementText";
    textarea.dispatchEvent(new InputEvent("beforeinput", { inputType }));
    textarea.value = text;
    textarea.dispatchEvent(new InputEvent("input", { inputType }));
  }

  goTo(from: number): void {
    const { textarea } = this.#editor;
    textarea.focus();
    textarea.setSelectionRange(from, from);
    textarea.dispatchEvent(new Event("selectionchange"));
    this.#editor.lines[this.#editor.activeLine]!.scrollIntoView({ block: "nearest" });
  }

  remove(): void {
    clearTimeout(this.#timer);
    this.#editor.remove();
  }

  #checkSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const { text } = this;
      const places = await this.#options.check(text);
      if (text === this.text) this.#mark(places);
    }, kPause);
  }

  #mark(places: readonly Place[]): void {
    const { text } = this;
    const { lines, textarea } = this.#editor;
    textarea.setAttribute("aria-invalid", String(places.length > 0));
    for (const line of lines) line.classList.remove("wrong");
    const parts: (string | Node)[] = [];
    let done = 0;
    for (const { from, to } of [...places].sort((a, b) => a.from - b.from)) {
      if (from < done) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, Math.max(to, from + 1));
      parts.push(text.slice(done, from), mark);
      done = from + mark.textContent.length;
      lines[text.slice(0, from).split("\n").length]?.classList.add("wrong");
    }
    this.#marks.replaceChildren(...parts);
  }
}
