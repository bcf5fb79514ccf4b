// Options of the benchmarks.
import { parseArgs } from "node:util";
import { Failure } from "../lib/log.mjs";

/** Every command knows --help and --built too. */
export function readOptions(usage, options) {
  const own = { built: { type: "boolean", default: false }, help: { type: "boolean", default: false } };
  try {
    return parseArgs({ options: { ...options, ...own } }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n${usage}`);
  }
}

export function wholeNumber(name, text) {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Failure(`--${name} is ${text}. Use a whole number from 1.`);
}

export const namesIn = (list) => list?.split(",").map((name) => name.trim());

/** The names asked for, or all of them. */
export function choose(what, all, only = all) {
  const unknown = only.find((name) => !all.includes(name));
  if (unknown) throw new Failure(`There is no ${what} "${unknown}". There are: ${all.join(", ")}.`);
  return only;
}
