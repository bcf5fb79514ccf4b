/** Work cut into slices. */
export interface Job {
  /** Works until about `deadline` (performance.now()); says whether there is more to do. */
  slice(deadline: number): boolean;
}

/** Milliseconds of work between two chances for messages (pause, live changes) to come in. */
const sliceMs = 12;

/** Runs jobs in turns on this thread; rests when there are none. */
export class Loop {
  readonly #jobs = new Set<Job>();
  #scheduled = false;

  add(job: Job): void {
    this.#jobs.add(job);
    this.#schedule();
  }

  remove(job: Job): void {
    this.#jobs.delete(job);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    yieldThen(() => {
      this.#scheduled = false;
      const share = sliceMs / this.#jobs.size;
      for (const job of [...this.#jobs]) if (!job.slice(performance.now() + share)) this.#jobs.delete(job);
      if (this.#jobs.size > 0) this.#schedule();
    });
  }
}

/** A task of its own, without the browser's 4 ms minimum for timers. */
const yieldThen: (work: () => void) => void =
  typeof setImmediate === "function"
    ? (work) => void setImmediate(work)
    : (() => {
        const { port1, port2 } = new MessageChannel();
        const waiting: (() => void)[] = [];
        port1.onmessage = () => waiting.shift()?.();
        return (work) => {
          waiting.push(work);
          port2.postMessage(null);
        };
      })();
