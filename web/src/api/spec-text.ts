import type { Spec } from "./types";

/** A spec as JSON text; positions in errors are in this text. */
export function specText(spec: Spec | string): string {
  return typeof spec === "string" ? spec : JSON.stringify(spec, null, 2);
}
