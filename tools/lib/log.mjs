// What the tools say: one line per step, on standard error so that programs' own output stays clean.
const started = Date.now();

/** What a person can read without a stack; lastLines: how the program that failed ended, if one did. */
export class Failure extends Error {
  constructor(message, lastLines = "") {
    super(message);
    this.lastLines = lastLines;
  }
}

export function say(text) {
  process.stderr.write(`[livegrad ${((Date.now() - started) / 1000).toFixed(0).padStart(3)}s] ${text}\n`);
}

/** Reports `describe()` every few seconds until the promise settles. */
export async function withProgress(describe, promise, seconds = 3) {
  const timer = setInterval(() => say(describe()), seconds * 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

/** Runs main, prints a Failure as one sentence and anything else with its stack, and sets the exit code. */
export async function runMain(main) {
  try {
    const code = await main();
    if (typeof code === "number") process.exitCode = code;
  } catch (error) {
    say(error instanceof Failure ? `error: ${error.message}` : `error: ${error.stack}`);
    process.exitCode = 1;
  }
}
