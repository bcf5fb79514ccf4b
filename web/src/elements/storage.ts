/** Why the browser keeps nothing, and what follows from that. */
export function storageTrouble(error: unknown, consequence: string): string {
  const full = error instanceof DOMException && error.name === "QuotaExceededError";
  return `${full ? "This browser has no room left for what the page keeps" : "This browser lets the page keep nothing"}: ${consequence}`;
}
