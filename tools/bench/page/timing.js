// How long work takes.

/** The tab's processor time where the system tells it. */
const now = async () => (window.threadTime ? await window.threadTime() : performance.now());

/** Milliseconds, and what the work gave last. */
export async function timed(work, amount, clock = now) {
  const before = await clock();
  const loss = await work.run(amount);
  return { ms: (await clock()) - before, loss };
}

/**
 * Runs for `least` milliseconds, until V8 has compiled for speed; gives how much work fills a measurement of `measurement`
 * milliseconds.
 */
export async function warmUp(work, { least, measurement, clock }) {
  const first = await timed(work, 1, clock);
  let [spent, amount, last, done] = [first.ms, 1, first, 1];
  const filling = () => Math.max(1, Math.round((amount * measurement) / Math.max(last.ms, 0.1)));
  while (spent < least) {
    amount = Math.min(4 * amount, filling());
    last = await timed(work, amount, clock);
    spent += last.ms;
    done += amount;
  }
  return { amount: filling(), done, firstLoss: first.loss, lastLoss: last.loss };
}
