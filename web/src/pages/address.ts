import type { Learner } from "../elements/learner";

/** A page's address holds what makes it what it is; a parameter that says what it would be without it is left out. */
export class Address {
  readonly #url = new URL(location.href);
  readonly #exactLink = document.querySelector<HTMLAnchorElement>("#exact")!;

  get(name: string): string | null {
    return this.#url.searchParams.get(name);
  }
  get seed(): number {
    return Number(this.get("seed") ?? 1);
  }
  get exact(): boolean {
    return this.get("exact") === "1";
  }

  put(name: string, value: string, usual: string): void {
    if (value === usual) this.#url.searchParams.delete(name);
    else this.#url.searchParams.set(name, value);
  }

  /** Follows a lesson; `put` says what is particular to the page. */
  follow(lesson: Learner, put: () => void): void {
    lesson.on("change", () => {
      put();
      this.put("seed", String(lesson.seed), "1");
      if (this.#url.href !== location.href) history.replaceState(null, "", this.#url);
      const other = new URL(this.#url);
      if (this.exact) other.searchParams.delete("exact");
      else other.searchParams.set("exact", "1");
      this.#exactLink.href = other.search || location.pathname;
      this.#exactLink.textContent = this.exact
        ? "Use the fastest build"
        : "Use the build with the same bits on every machine";
    });
  }
}
