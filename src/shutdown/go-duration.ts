/** Milliseconds in each unit. */
const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ns: 1e-6,
};

/**
 * Reads a duration as Go writes it (`1m30s`, `1.5h`, `500ms`, `0`), in milliseconds; undefined for what is none, or is negative.
 * Source: https://pkg.go.dev/time#ParseDuration
 */
export function goDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d*)?|\.\d+)(h|ms|m|s|[u\u00b5\u03bc]s|ns)((\d+(\.\d*)?|\.\d+)(h|ms|m|s|[u\u00b5\u03bc]s|ns))*$/.test(text))
    return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|[u\u00b5\u03bc]s|ns)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}
