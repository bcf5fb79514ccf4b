import { LivegradError, type Tick } from "../api";
import { Emitter } from "./emitter";
import { asLivegradError } from "./sentences";

/** Where on the page an error belongs: beside what caused it. */
export type Place =
  | "session"
  | "training"
  | "network"
  | "editor"
  | "data"
  | "checkpoint"
  | "test"
  | "result"
  | "pad"
  | "mistakes"
  | "time"
  | "patches"
  | "adversary"
  | "gradients"
  | "sample"
  | "reader";

export interface LessonEvents {
  /** Anything but learning itself: another network, state, setting, error. */
  change: void;
  tick: Tick;
  /** The curves are to be drawn from their start. */
  reset: void;
}

/** What was tried, what came of it, and what went wrong, each in its place of the page. */
export class Attempts extends Emitter<LessonEvents> {
  readonly errors = new Map<Place, LivegradError>();
  /** What the last change of the network, the data or a file did. */
  readonly news = new Map<Place, string>();
  /** How to try again what failed, where that makes sense. */
  readonly retries = new Map<Place, () => Promise<void>>();
  #turn: Promise<void> = Promise.resolve();

  protected changed(): void {
    this.emit("change");
  }

  /** Does it, and shows what goes wrong in its place until the next attempt there succeeds or the reader closes it. */
  async attempt<T>(place: Place, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.errors.delete(place);
      return result;
    } catch (error) {
      this.#fail(place, error);
      return undefined;
    } finally {
      this.changed();
    }
  }

  /** Once more what failed. */
  retry(place: Place): void {
    const again = this.retries.get(place);
    this.dismiss(place);
    void again?.();
  }

  /** Does what nobody asked for by hand, such as drawing: only what goes wrong is shown. */
  async quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#fail("session", error);
      return undefined;
    }
  }

  dismiss(place: Place): void {
    this.errors.delete(place);
    this.news.delete(place);
    this.retries.delete(place);
    this.changed();
  }

  /** Changes of network, data and weights come one after the other, however fast they are asked for. */
  protected inTurn(place: Place, work: () => Promise<void>): Promise<void> {
    return (this.#turn = this.#turn.then(() => this.attempt(place, work)));
  }

  #fail(place: Place, error: unknown): void {
    // Stopped by the reader, or asked of a network that has just left.
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof LivegradError && error.code === "closed") return;
    this.errors.set(place, asLivegradError(error));
    this.changed();
  }
}
