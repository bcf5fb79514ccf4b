import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import { LivegradError } from "./errors";
import type { CheckedSpec } from "./protocol";
import type { ErrorCode, SpecCheck, SpecError } from "./types";

/** Mistakes of the spec's author, as opposed to those of the machine. */
const authorsMistakes: readonly ErrorCode[] = ["invalid_spec", "shape_mismatch", "invalid_argument"];

/** Checks a spec's text, and finds the place of the mistake in it. */
export async function checkSpec(
  text: string,
  check: (text: string) => Promise<CheckedSpec>,
): Promise<SpecCheck> {
  try {
    return { ok: true, ...(await check(text)) };
  } catch (error) {
    if (!(error instanceof LivegradError) || !authorsMistakes.includes(error.code)) throw error;
    return { ok: false, errors: [locate(text, error)] };
  }
}

function locate(text: string, { code, where, message }: LivegradError): SpecError {
  const { pointer, from, to } = placeOf(text, where);
  const before = text.slice(0, from);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    code,
    where,
    message,
    pointer,
    line: before.split("\n").length,
    column: from - lineStart + 1,
    from,
    to,
  };
}

/** Where an error points to: "line 3, column 7" of what is no JSON, or a JSON pointer. */
function placeOf(text: string, where: string): { pointer: string; from: number; to: number } {
  const position = /^line (\d+), column (\d+)$/.exec(where);
  if (position) {
    const lines = text.split("\n");
    const line = Math.min(Number(position[1]), lines.length) - 1;
    const lineStart = lines.slice(0, line).reduce((length, each) => length + each.length + 1, 0);
    const characters = [...lines[line]!].slice(0, Number(position[2]) - 1);
    const from = Math.min(lineStart + characters.join("").length, Math.max(0, text.length - 1));
    return { pointer: "", from, to: Math.min(from + 1, text.length) };
  }
  const root = parseTree(text);
  const pointer = where.startsWith("/") ? where : "";
  const node = root && nearest(root, pointer);
  return node
    ? { pointer, from: node.offset, to: node.offset + node.length }
    : { pointer, from: 0, to: text.length };
}

/** The node of a pointer, or the innermost around it where the key is missing. */
function nearest(root: Node, pointer: string): Node {
  let node = root;
  for (const step of stepsOf(pointer)) {
    const child = findNodeAtLocation(node, [node.type === "array" ? Number(step) : step]);
    if (!child) break;
    node = child;
  }
  return node;
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
