import { kindOf, Refusal } from "./refusal.ts";

/** The content of google.protobuf.Duration (both parts of one sign) and google.protobuf.Timestamp (nanos never negative). */
export interface Seconds {
  readonly seconds: number;
  readonly nanos: number;
}

/** About 10,000 years: the bound of google.protobuf.Duration. */
const longest = 315_576_000_000;
const duration = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads a duration as protobuf JSON writes it: `1.5s`. Throws a Refusal for anything else.
 * Source: https://protobuf.dev/reference/protobuf/google.protobuf/#duration
 */
export function parseDuration(value: unknown): Seconds {
  if (typeof value !== "string") throw new Refusal(`expected a duration such as "1.5s", got ${kindOf(value)}`);
  const match = duration.exec(value);
  if (match === null) throw new Refusal(`${JSON.stringify(value)} is not a duration in seconds such as "1.5s"`);
  const seconds = Number(match[2]);
  const nanos = nanosOf(match[3]);
  if (seconds > longest || (seconds === longest && nanos > 0)) throw new Refusal(`${value} is longer than ${longest}s`);
  // `0 -` instead of a minus sign: there is no negative zero.
  return match[1] === "-" ? { seconds: 0 - seconds, nanos: 0 - nanos } : { seconds, nanos };
}

/**
 * Reads a time as protobuf JSON writes it: RFC 3339, years 1 to 9999. Throws a Refusal for anything else.
 * Source: https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp
 */
export function parseTimestamp(value: unknown): Seconds {
  if (typeof value !== "string") throw new Refusal(`expected an RFC 3339 time, got ${kindOf(value)}`);
  const match = timestamp.exec(value);
  const milliseconds = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(milliseconds)) throw new Refusal(`${JSON.stringify(value)} is not an RFC 3339 time`);
  const year = new Date(milliseconds).getUTCFullYear();
  if (year < 1 || year > 9999) throw new Refusal(`${value} is out of range: years 1 to 9999`);
  return { seconds: milliseconds / 1000, nanos: nanosOf(match[2]) };
}

function nanosOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(9, "0"));
}

/** Orders two times or two durations: negative when `a` is less, 0 when equal. */
export function compareSeconds(a: Seconds, b: Seconds): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}
