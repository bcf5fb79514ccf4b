export function cut(
  files: readonly Buffer[],
  set: { shape?: readonly number[]; classes?: readonly string[] },
): {
  pieces: { name: string; bytes: Uint8Array }[];
  entry: { pieces: { name: string; bytes: number; sha256: string; size: number }[] };
};
