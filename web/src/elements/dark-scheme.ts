import type { ReactiveController, ReactiveControllerHost } from "lit";

const scheme = matchMedia("(prefers-color-scheme: dark)");

/** Whether colours are those for the dark: what paints on canvases is updated when that changes. */
export class DarkScheme implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #changed = (): void => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get matches(): boolean {
    return scheme.matches;
  }

  hostConnected(): void {
    scheme.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    scheme.removeEventListener("change", this.#changed);
  }
}
