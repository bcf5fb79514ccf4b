import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { type Claim, digestOf } from "./claim";
import { copy, linkField, linkFieldStyle } from "./copying";
import { formatCount, formatPercent } from "./format";
import type { Lesson } from "./lesson";
import { textOf, writeLink } from "./link";
import { notices } from "./notice";

/** Steps between two looks at whether to stop. */
const kSteps = 50;

/** A link that says what a lesson has come to; who opens it can replay the lesson and see whether that is so. */
@customElement("livegrad-result")
export class LivegradResult extends LessonElement {
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
        align-items: center;
        gap: 8px 16px;
      }
      a {
        color: var(--accent);
      }
      .said {
        min-height: 24px;
        margin-top: 8px;
      }
      .right {
        color: var(--right);
      }
      .wrong {
        color: var(--wrong);
      }
    `,
  ];

  @state() private link = "";
  /** The same lesson in the build that can be replayed. */
  @state() private exact = "";
  @state() private verdict: { text: string; right: boolean } | null = null;
  @state() private progress: { what: string; done: number; total: number } | null = null;
  #abort: AbortController | null = null;

  protected override follow(lesson: Lesson): void {
    const refresh = this.atMostEvery(500, () => this.requestUpdate());
    this.listen(lesson.on("tick", refresh));
    const write = this.atMostEvery(500, () => this.#write(lesson));
    this.listen(lesson.on("change", write));
    write();
  }

  protected override render(): unknown {
    const { lesson, progress } = this;
    if (!lesson) return nothing;
    return html`
      ${lesson.claim ? this.#claimed(lesson, lesson.claim) : this.#own(lesson)}
      ${
        progress
          ? html`<div class="row">
              <button type="button" @click=${() => this.#abort?.abort()}>Stop</button>
              <progress aria-label=${progress.what} max=${progress.total} .value=${progress.done}></progress>
              <span>${progress.what}: ${formatCount(progress.done)} of ${formatCount(progress.total)}</span>
            </div>`
          : nothing
      }
      <p class="said ${this.verdict?.right ? "right" : "wrong"}" role="status">${this.verdict?.text ?? ""}</p>
      ${notices(lesson, "result")}
    `;
  }

  async #write(lesson: Lesson): Promise<void> {
    this.exact = textOf(await writeLink(lesson, { exact: true }));
  }

  #own(lesson: Lesson): unknown {
    const obstacle = obstacleOf(lesson);
    return html`
      <p class="lead soft">
        The link says how far this network has come, and lets anybody replay the lesson: after as many steps
        every weight must be the same, to the bit.
      </p>
      ${
        obstacle === "build"
          ? html`<p class="lead">
              Only the build with the same bits on every machine can be replayed elsewhere.
              ${this.exact ? html`<a href=${this.exact}>Learn with that build</a>` : nothing}
            </p>`
          : obstacle
            ? html`<p class="lead">${obstacle}</p>`
            : nothing
      }
      <div class="row">
        <button type="button" ?disabled=${obstacle !== "" || this.progress !== null} @click=${this.#make}>
          Make a result link
        </button>
        ${
          this.link
            ? html`${linkField("Link to this result", this.link)}
                <button type="button" @click=${this.#copy}>Copy result</button>`
            : nothing
        }
      </div>
    `;
  }

  #claimed(lesson: Lesson, { steps, wrong, images }: Claim): unknown {
    return html`
      <p class="lead">
        The link says: after ${formatCount(steps)} steps ${formatCount(wrong)} of ${formatCount(images)} test
        images are wrong, ${formatPercent((100 * wrong) / images, 2)}. A replay starts over from seed
        ${lesson.seed} and learns as many steps with the settings of the link.
      </p>
      <div class="row">
        <button
          type="button"
          ?disabled=${!lesson.ready || lesson.arriving !== null || this.progress !== null}
          @click=${this.#replay}
        >
          Replay and compare
        </button>
        <button type="button" class="plain" @click=${() => lesson.forgetClaim()}>Forget what it says</button>
      </div>
    `;
  }

  /** What the network on screen has come to. */
  async #measure(lesson: Lesson, signal: AbortSignal): Promise<Claim> {
    const model = lesson.model!;
    const { examples, correct } = await model.evaluate("test", {
      signal,
      onProgress: (done, total) => (this.progress = { what: "Testing", done, total }),
    });
    return {
      steps: model.step,
      digest: await digestOf(model),
      wrong: examples - (correct ?? 0),
      images: examples,
    };
  }

  #work(work: (lesson: Lesson, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { lesson } = this;
    if (!lesson) return Promise.resolve();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.verdict = null;
    return lesson
      .attempt("result", async () => {
        try {
          await work(lesson, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      })
      .finally(() => (this.progress = null));
  }

  #make(): Promise<void> {
    return this.#work((lesson, signal) =>
      lesson.whilePaused(async () => {
        const query = await writeLink(lesson, { exact: true, claim: await this.#measure(lesson, signal) });
        this.link = location.origin + location.pathname + textOf(query);
        this.verdict = { text: "The link is ready.", right: true };
      }),
    );
  }

  #replay(): Promise<void> {
    return this.#work(async (lesson, signal) => {
      const { claim } = lesson;
      if (!claim) return;
      await lesson.pause();
      await lesson.startOver();
      const model = lesson.model!;
      while (model.step < claim.steps) {
        signal.throwIfAborted();
        const { step } = model;
        await model.stepOnce(Math.min(kSteps, claim.steps - step));
        if (model.step === step) break; // it went NaN
        this.progress = { what: "Replaying", done: model.step, total: claim.steps };
      }
      const found = await this.#measure(lesson, signal);
      const same =
        found.digest === claim.digest && found.wrong === claim.wrong && found.steps === claim.steps;
      const percent = formatPercent((100 * found.wrong) / found.images, 2);
      this.verdict = {
        right: same,
        text: same
          ? `It is so: after ${formatCount(claim.steps)} steps every weight is the same, to the bit, and ${percent} of the test images are wrong.`
          : `It is not so: after ${formatCount(found.steps)} steps the weights are others, and ${percent} of the test images are wrong. If settings were changed since the link was opened, open it again.`,
      };
    });
  }

  async #copy(): Promise<void> {
    const text = await copy(this.link, "link", () => this.renderRoot.querySelector("input")!.select());
    this.verdict = { text, right: true };
  }
}

/** Why a result could not be replayed from its link; "build": in another build it can; "": it can. */
function obstacleOf(lesson: Lesson): string {
  const { model, session } = lesson;
  if (!session || !model || model.step === 0) return "The network has not learned anything yet.";
  if (!model.classes)
    return "This network knows no classes, so there is no share of wrong images to hand in.";
  if (lesson.dataName === "own" || lesson.mixed)
    return "Pictures of your own stay on this device, so what is learned from them cannot be replayed elsewhere.";
  if (session.info.fused) return "build";
  if (lesson.changedOnItsWay)
    return "Settings, weights or data were changed on the way, of which a replay would not know. Start over, and change nothing while it learns.";
  return "";
}
