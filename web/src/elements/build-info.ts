import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { LessonElement } from "./base";
import type { Learner } from "./learner";
import { plural } from "./format";

/** Which build of the core computes here. */
@customElement("livegrad-build")
export class LivegradBuild extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        color: var(--ink-soft);
        font-size: 13px;
      }
      a {
        color: inherit;
      }
    `,
  ];

  protected override render(): unknown {
    const info = this.lesson?.session?.info;
    if (!info) return nothing;
    const fused = info.fused ? "fused multiply-add" : "portable bits";
    return html`<span
      >livegrad ${__LIVEGRAD_VERSION__} · ${info.isa} · ${plural(info.threads, "thread")} · ${fused}</span
    >`;
  }
}
