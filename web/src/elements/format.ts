const count = new Intl.NumberFormat("en");

/** 60,000 */
export function formatCount(value: number): string {
  return count.format(Math.round(value));
}

/** Three digits that matter: 0.0213, 0.213, 2.13, 213; very small and large ones as 2.1e-7. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size === 0
      ? "0"
      : size < 1e-3 || size >= 1e5
        ? value.toExponential(1)
        : value.toFixed(size < 0.1 ? 4 : size < 1 ? 3 : size < 100 ? 2 : 0);
  return text.replace("-", "−");
}

/** "97.3 %": no more digits than a moving average deserves. */
export function formatPercent(value: number, digits = 1): string {
  return `${value.toFixed(digits)}\u00a0%`;
}

/** Milliseconds: "82 µs", "1.24 ms". */
export function formatTime(ms: number): string {
  return ms < 1 ? `${Math.round(1000 * ms)}\u00a0µs` : `${formatNumber(ms)}\u00a0ms`;
}

/** "8 × 24 × 24" */
export function formatShape(shape: readonly number[]): string {
  return shape.join(" × ");
}

/** "1 weight", "5,994 weights" */
export function plural(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}
