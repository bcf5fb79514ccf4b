import { css, html } from "lit";
import { customElement, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { copy, linkField, linkFieldStyle } from "./copying";
import type { Lesson } from "./lesson";
import { textOf, writeLink } from "./link";
import { type Part, parts } from "./parts";

type State = "shown" | "locked" | "hidden";

/** The link that brings this lesson: network, data, seed, settings and goal as they are, and what it shows, locks or hides. */
@customElement("livegrad-share")
export class LivegradShare extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    linkFieldStyle,
    css`
      .lead {
        max-width: 62ch;
        margin-bottom: 16px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      a {
        text-decoration: none;
      }
      .said {
        min-height: 24px;
        margin-top: 4px;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .parts {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(264px, 1fr));
        gap: 4px 32px;
        margin: 4px 0 16px;
      }
      .parts label {
        display: grid;
        grid-template-columns: 1fr 96px;
        align-items: center;
        gap: 8px;
        font-weight: 400;
      }
    `,
  ];

  @state() private chosen = new Map<string, "hidden" | "locked">();
  @state() private link = "";
  @state() private said = "";

  protected override follow(lesson: Lesson): void {
    this.chosen = new Map(lesson.parts);
    const write = this.atMostEvery(200, () => this.#write(lesson));
    this.listen(lesson.on("change", write));
    write();
  }

  protected override render(): unknown {
    return html`
      <p class="lead soft">
        The link brings network, data, seed, settings and goal as they are now. For a class, hide or lock what
        is not to be touched. Weights do not travel with it: save them to a file.
      </p>
      <div class="row">
        ${linkField("Link to this lesson", this.link)}
        <button type="button" ?disabled=${!this.link} @click=${this.#copy}>Copy link</button>
        <a class="button" href=${this.link} target="_blank" rel="noopener">Try it</a>
      </div>
      <p class="said" role="status">${this.said}</p>
      ${this.#choices("panel", "What the lesson shows")} ${this.#choices("control", "Its controls")}
    `;
  }

  #choices(kind: Part["kind"], title: string): unknown {
    return html`<h3>${title}</h3>
      <div class="parts">
        ${parts
          .filter((part) => part.kind === kind)
          .map(
            ({ name, title, lock }) =>
              html`<label
                >${title}
                <select
                  @change=${(event: Event) => this.#choose(name, (event.target as HTMLSelectElement).value as State)}
                >
                  ${(lock ? (["shown", "locked", "hidden"] as const) : (["shown", "hidden"] as const)).map(
                    (state) =>
                      html`<option value=${state} ?selected=${state === (this.chosen.get(name) ?? "shown")}>
                        ${state}
                      </option>`,
                  )}
                </select></label
              >`,
          )}
      </div>`;
  }

  #choose(name: string, state: State): void {
    if (state === "shown") this.chosen.delete(name);
    else this.chosen.set(name, state);
    if (this.lesson) void this.#write(this.lesson);
  }

  async #write(lesson: Lesson): Promise<void> {
    const query = await writeLink(lesson, {
      exact: new URLSearchParams(location.search).get("exact") === "1",
      parts: this.chosen,
    });
    const link = location.origin + location.pathname + textOf(query);
    if (link !== this.link) this.said = "";
    this.link = link;
  }

  async #copy(): Promise<void> {
    this.said = await copy(this.link, "link", () => this.renderRoot.querySelector("input")!.select());
  }
}
