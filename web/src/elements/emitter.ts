/** Says things to those who listen. */
export class Emitter<Events> {
  #listeners = new Map<keyof Events, Set<(detail: never) => void>>();

  /** Listens; returns what ends it. */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void {
    let set = this.#listeners.get(event);
    if (!set) this.#listeners.set(event, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  protected emit<E extends keyof Events>(
    event: E,
    ...[detail]: Events[E] extends void ? [] : [Events[E]]
  ): void {
    for (const listener of this.#listeners.get(event) ?? [])
      (listener as (detail?: Events[E]) => void)(detail);
  }
}
