/**
 * The values of CEL as they occur in API objects: null, booleans, numbers (int and double alike), strings, lists and maps are the
 * plain JSON values; durations have a type of their own. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */

/** A duration in nanoseconds. */
export class CelDuration {
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** An error of an evaluation, which `&&`, `||` and the macros may absorb. The message is what cel-go says. */
export class CelFailure extends Error {}

/** A map: an object of the API, or a map literal. */
export type CelMap = Readonly<Record<string, unknown>>;

/** How deep values may be nested to be compared. */
const deepest = 500;

/** True for objects and maps. */
export function isCelMap(value: unknown): value is CelMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof CelDuration);
}

/** CEL `==`: values of different types are not equal. */
export function equal(a: unknown, b: unknown, depth = 0): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (depth > deepest) throw new CelFailure("values are nested too deeply to be compared");
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanoseconds === b.nanoseconds;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index], depth + 1));
  }
  if (!isCelMap(a) || !isCelMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key], depth + 1));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; NaN where a number is NaN. Types must be equal. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof CelDuration && b instanceof CelDuration) return Number(a.nanoseconds - b.nanoseconds);
  throw noSuchOverload();
}

/** CEL `size`: code points of a string, entries of a list or map. */
export function size(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "string") return codePoints(value);
  if (isCelMap(value)) return Object.keys(value).length;
  throw noSuchOverload();
}

/** The number of Unicode code points of a string. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at + 1 < text.length; at++) if (isHighSurrogate(text, at) && isLowSurrogate(text, at + 1)) count--;
  return count;
}

/** What cel-go says where no version of an operator or function takes values of these types. */
export function noSuchOverload(): CelFailure {
  return new CelFailure("no such overload");
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function isLowSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
