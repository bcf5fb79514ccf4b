// Runs other programs.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "./paths.mjs";
import { Failure } from "./log.mjs";

const tailLines = 60;

/**
 * Runs a program and resolves with its standard output.
 * quiet: keep the output and show it only on failure; otherwise it goes to standard error as it comes.
 * onLine: called with every line of standard output.
 */
export function run(program, args, { cwd = root, env = process.env, quiet = false, what, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let all = "";
    const take = (text, isOut) => {
      if (isOut) out += text;
      all = (all + text).slice(-200_000);
      if (!quiet) process.stderr.write(text);
    };
    if (onLine) createInterface({ input: child.stdout }).on("line", onLine);
    child.stdout.setEncoding("utf8").on("data", (text) => take(text, true));
    child.stderr.setEncoding("utf8").on("data", (text) => take(text, false));
    child.on("error", (error) => reject(new Failure(`could not run ${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(out);
      const tail = all.trimEnd().split("\n").slice(-tailLines).join("\n");
      const name = what || [program, ...args].join(" ");
      const message = `${name} failed (${signal || `exit code ${code}`})`;
      reject(quiet ? new Failure(`${message}\n${tail}`) : new Failure(message, tail));
    });
  });
}

/** Standard output of a short command, or undefined when it fails. */
export function read(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: "utf8", ...options });
  return result.status === 0 ? result.stdout : undefined;
}
