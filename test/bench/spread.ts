/** How values are spread. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
}

/** The spread of some values; zeros where there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { min: at(0), median: at(0.5), p95: at(0.95) };
}

/** `min/median/p95`, with one decimal. */
export function slashed({ min, median, p95 }: Spread): string {
  return [min, median, p95].map((value) => value.toFixed(1)).join("/");
}
