/**
 * The functions of CEL, with those that Kubernetes adds, as far as rules of the kinds use them.
 * Source: https://kubernetes.io/docs/reference/using-api/cel/
 */
import { isIP } from "node:net";
import { matches } from "../pattern.ts";
import { CelDuration, CelFailure, compare, equal, isCelMap, noSuchOverload, size } from "./value.ts";

/** A function of a fixed number of arguments; a method has its target as the first. */
export type CelFunction = (...args: readonly unknown[]) => unknown;

/** Functions and operators by name and number of arguments: `size/1`. The lazy operators are not among them (see compile.ts). */
export const celFunctions: Readonly<Record<string, CelFunction>> = {
  "_==_/2": (a, b) => equal(a, b),
  "_!=_/2": (a, b) => !equal(a, b),
  "_<_/2": (a, b) => compare(a, b) < 0,
  "_<=_/2": (a, b) => compare(a, b) <= 0,
  "_>_/2": (a, b) => compare(a, b) > 0,
  "_>=_/2": (a, b) => compare(a, b) >= 0,
  "!_/1": (value) => !boolean(value),
  "-_/1": (value) => -number(value),
  "_+_/2": add,
  "_-_/2": subtract,
  "@in/2": isIn,
  "_[_]/2": at,
  "size/1": size,
  "duration/1": (value) => duration(string(value)),
  "isIP/1": (value) => isIP(string(value)) !== 0,
  "isCIDR/1": (value) => isCidr(string(value)),
};

/** Methods by name and number of arguments without the target: `startsWith/1`. */
export const celMethods: Readonly<Record<string, CelFunction>> = {
  "size/0": size,
  "startsWith/1": (target, prefix) => string(target).startsWith(string(prefix)),
  "endsWith/1": (target, suffix) => string(target).endsWith(string(suffix)),
  "contains/1": (target, part) => string(target).includes(string(part)),
  "matches/1": (target, pattern) => matches(string(pattern), string(target)),
  "lowerAscii/0": (target) => string(target).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  "upperAscii/0": (target) => string(target).replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  "split/1": (target, separator) => string(target).split(string(separator)),
  "substring/1": (target, from) => substring(string(target), number(from)),
  "substring/2": (target, from, to) => substring(string(target), number(from), number(to)),
};

/** A boolean, or the failure that there is no version of the operator for another type. */
export function boolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

function string(value: unknown): string {
  if (typeof value !== "string") throw noSuchOverload();
  return value;
}

function number(value: unknown): number {
  if (typeof value !== "number") throw noSuchOverload();
  return value;
}

function add(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (a instanceof CelDuration && b instanceof CelDuration) return new CelDuration(a.nanoseconds + b.nanoseconds);
  throw noSuchOverload();
}

function subtract(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a instanceof CelDuration && b instanceof CelDuration) return new CelDuration(a.nanoseconds - b.nanoseconds);
  throw noSuchOverload();
}

function isIn(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) {
    for (const member of container) if (equal(item, member)) return true;
    return false;
  }
  if (isCelMap(container)) return typeof item === "string" && Object.hasOwn(container, item);
  throw noSuchOverload();
}

function at(container: unknown, key: unknown): unknown {
  if (Array.isArray(container)) {
    const index = number(key);
    if (index < 0 || index >= container.length) throw new CelFailure(`index out of bounds: ${index}`);
    return container[index];
  }
  if (isCelMap(container)) {
    if (typeof key === "string" && Object.hasOwn(container, key)) return container[key];
    throw new CelFailure(`no such key: ${String(key)}`);
  }
  throw noSuchOverload();
}

function substring(text: string, from: number, to?: number): string {
  const characters = [...text];
  const end = to ?? characters.length;
  if (from < 0 || from > characters.length) throw new CelFailure(`index out of range: ${from}`);
  if (end < 0 || end > characters.length) throw new CelFailure(`index out of range: ${end}`);
  if (from > end) throw new CelFailure(`invalid substring range. start: ${from}, end: ${end}`);
  return characters.slice(from, end).join("");
}

const nanosecondsOf: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const longestDuration = 2n ** 63n - 1n;
const longestDurationText = 200;

/** A duration as Go writes it: `1h30m`, `-1.5s`. */
function duration(text: string): CelDuration {
  const invalid = () => new CelFailure(`time: invalid duration "${text}"`);
  if (text.length > longestDurationText) throw invalid();
  const body = text.replace(/^[-+]/, "");
  if (body === "0") return new CelDuration(0n);
  const parts = [...body.matchAll(/(?=\.?\d)(\d*)(?:\.(\d*))?(ns|[u\u00b5\u03bc]s|ms|s|m|h)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== body) throw invalid();
  const total = parts.reduce((sum, [, whole = "", fraction = "", unit = "s"]) => {
    const nanoseconds = nanosecondsOf[unit] ?? 1;
    return sum + BigInt(whole) * BigInt(nanoseconds) + BigInt(Math.trunc(Number(`0.${fraction}0`) * nanoseconds));
  }, 0n);
  if (total > longestDuration) throw invalid();
  return new CelDuration(text.startsWith("-") ? -total : total);
}

function isCidr(text: string): boolean {
  const [, address = "", length = ""] = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(length) <= (family === 4 ? 32 : 128);
}
