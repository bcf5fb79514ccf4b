const kWidth = 92;

/** JSON as people write networks: what fits a line stands on one, so that a layer is a line. */
export function formatSpec(value: unknown, indent = "", room = 0): string {
  const flat = inline(value);
  const top = indent === "" && typeof value === "object";
  if (typeof value !== "object" || value === null || (!top && indent.length + room + flat.length <= kWidth))
    return flat;
  const deeper = `${indent}  `;
  const list = Array.isArray(value);
  const items = list
    ? value.map((item) => deeper + formatSpec(item, deeper))
    : Object.entries(value).map(([key, item]) => {
        const name = `${JSON.stringify(key)}: `;
        return deeper + name + formatSpec(item, deeper, name.length + 1);
      });
  return `${list ? "[" : "{"}\n${items.join(",\n")}\n${indent}${list ? "]" : "}"}`;
}

function inline(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return entries.length ? `{ ${entries.join(", ")} }` : "{}";
}
