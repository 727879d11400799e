/** The number of milliseconds in each unit of a duration. */
const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** The length of an admitted duration of the Gateway API (GEP-2257), like `1h30m` or `500ms`, in milliseconds. */
export function durationMs(duration: string): number {
  const parts = duration.matchAll(/(\d+)(ms|h|m|s)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}
