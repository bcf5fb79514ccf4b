import type { ErrorCode } from "./types";

/** A mistake with one clear sentence: `message` says what and a way out, `where` names the layer, file or JSON pointer. */
export class LivegradError extends Error {
  override readonly name = "LivegradError";

  constructor(
    readonly code: ErrorCode,
    readonly where: string,
    message: string,
  ) {
    super(message);
  }

  /** "[conv2d "conv1"] kernel 7 exceeds …", as C++ and the CLI print it. */
  get text(): string {
    return this.where ? `[${this.where}] ${this.message}` : this.message;
  }
}
