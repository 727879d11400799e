/**
 * The rules on one value, each as a function that tells whether a value holds it.
 * Source: validate/validate.proto of https://github.com/bufbuild/protoc-gen-validate
 */
import { RE2JS } from "re2js";
import type { EnumType } from "./descriptors.ts";
import type { RuleSet } from "./rules.ts";
import { compareSeconds, type Seconds } from "./time.ts";

/** One rule on a value of type T. */
export interface ValueRule<T> {
  /** As in validate.proto, without the type: `min_len`. */
  readonly name: string;
  /** What the value must be, to be read after "must": `have at least 1 character`. */
  readonly demand: string;
  readonly holds: (value: T) => boolean;
}

/** How each rule of a type is made from its parameter. */
type Makers<T> = Readonly<Record<string, (parameter: never, all: RuleSet) => Omit<ValueRule<T>, "name">>>;

/** Rules that stand in a rule set but are not on the value itself: they change how others are applied. */
const modifiers = new Set(["ignore_empty", "strict", "required", "items", "keys", "values"]);

function make<T>(kind: string, rules: RuleSet, makers: Makers<T>): ValueRule<T>[] {
  return Object.entries(rules).flatMap(([name, parameter]) => {
    if (modifiers.has(name)) return [];
    const maker = makers[name];
    // The set of rules is fixed by the Envoy that we were set up with; a test compiles them all.
    if (maker === undefined) throw new Error(`the validation rule ${kind}.${name} is not understood`);
    return [{ name, ...maker(parameter as never, rules) }];
  });
}

/** The rules on numbers; 64-bit integers that a number cannot hold are bigints. */
export function numberRules(kind: string, rules: RuleSet): ValueRule<number | bigint>[] {
  return orderRules(kind, rules, (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0), String);
}

/** The rules on durations and times. Rules relative to the present time are not among them: messages must not depend on it. */
export function secondsRules(kind: string, rules: RuleSet): ValueRule<Seconds>[] {
  const complete = ({ seconds = 0, nanos = 0 }: Partial<Seconds>): Seconds => ({ seconds, nanos });
  const parameters = Object.entries(rules).map(([name, value]): [string, unknown] => {
    if (typeof value !== "object" || value === null) return [name, value];
    return [name, Array.isArray(value) ? value.map(complete) : complete(value)];
  });
  const show = ({ seconds, nanos }: Seconds): string => `${seconds + nanos / 1e9}s`;
  return orderRules(kind, Object.fromEntries(parameters), compareSeconds, show);
}

function orderRules<T>(
  kind: string,
  rules: RuleSet,
  compare: (a: T, b: T) => number,
  show: (value: T) => string,
): ValueRule<T>[] {
  const { gt, gte = gt, lt, lte = lt, ...others } = rules as Readonly<Record<string, T | undefined>>;
  if (gte !== undefined && lte !== undefined && compare(gte, lte) > 0) {
    return [...orderRules(kind, others, compare, show), outside(rules, compare, show)];
  }
  return make<T>(kind, rules, {
    const: (to: T) => ({ demand: `be ${show(to)}`, holds: (value) => compare(value, to) === 0 }),
    gt: (than: T) => ({ demand: `be greater than ${show(than)}`, holds: (value) => compare(value, than) > 0 }),
    gte: (than: T) => ({ demand: `be at least ${show(than)}`, holds: (value) => compare(value, than) >= 0 }),
    lt: (than: T) => ({ demand: `be less than ${show(than)}`, holds: (value) => compare(value, than) < 0 }),
    lte: (than: T) => ({ demand: `be at most ${show(than)}`, holds: (value) => compare(value, than) <= 0 }),
    in: (list: T[]) => ({ demand: oneOf(list.map(show)), holds: (value) => list.some((item) => compare(value, item) === 0) }),
    not_in: (list: T[]) => ({
      demand: `not ${oneOf(list.map(show))}`,
      holds: (value) => !list.some((item) => compare(value, item) === 0),
    }),
  });
}

/** A lower bound above the upper one turns the range around: what lies between the two is refused. */
function outside<T>(rules: RuleSet, compare: (a: T, b: T) => number, show: (value: T) => string): ValueRule<T> {
  const { gt, gte, lt, lte } = rules as Readonly<Record<string, T | undefined>>;
  const low = lte === undefined ? `less than ${show(lt as T)}` : `at most ${show(lte)}`;
  const high = gte === undefined ? `greater than ${show(gt as T)}` : `at least ${show(gte)}`;
  const isLow = (value: T): boolean => (lte === undefined ? compare(value, lt as T) < 0 : compare(value, lte) <= 0);
  const isHigh = (value: T): boolean => (gte === undefined ? compare(value, gt as T) > 0 : compare(value, gte) >= 0);
  return { name: "range", demand: `be ${low} or ${high}`, holds: (value) => isLow(value) || isHigh(value) };
}

/** The rules on strings. Lengths are in characters (code points), `_bytes` in bytes of UTF-8. */
export function stringRules(rules: RuleSet): ValueRule<string>[] {
  return make<string>("string", rules, {
    const: (to: string) => ({ demand: `be ${JSON.stringify(to)}`, holds: (value) => value === to }),
    len: (length: number) => ({ demand: `have ${count(length, "character")}`, holds: (value) => characters(value) === length }),
    min_len: (least: number) =>
      least === 1
        ? { demand: "not be empty", holds: (value) => value !== "" }
        : { demand: `have at least ${count(least, "character")}`, holds: (value) => characters(value) >= least },
    max_len: (most: number) => ({
      demand: `have at most ${count(most, "character")}`,
      holds: (value) => characters(value) <= most,
    }),
    len_bytes: (length: number) => ({
      demand: `have ${count(length, "byte")}`,
      holds: (value) => Buffer.byteLength(value) === length,
    }),
    min_bytes: (least: number) => ({
      demand: `have at least ${count(least, "byte")}`,
      holds: (value) => Buffer.byteLength(value) >= least,
    }),
    max_bytes: (most: number) => ({
      demand: `have at most ${count(most, "byte")}`,
      holds: (value) => Buffer.byteLength(value) <= most,
    }),
    pattern: (source: string) => {
      const pattern = RE2JS.compile(source);
      return { demand: `match ${source}`, holds: (value) => pattern.test(value) };
    },
    prefix: (text: string) => ({ demand: `begin with ${JSON.stringify(text)}`, holds: (value) => value.startsWith(text) }),
    suffix: (text: string) => ({ demand: `end with ${JSON.stringify(text)}`, holds: (value) => value.endsWith(text) }),
    contains: (text: string) => ({ demand: `contain ${JSON.stringify(text)}`, holds: (value) => value.includes(text) }),
    not_contains: (text: string) => ({ demand: `not contain ${JSON.stringify(text)}`, holds: (value) => !value.includes(text) }),
    in: (list: string[]) => ({ demand: oneOf(list), holds: (value) => list.includes(value) }),
    not_in: (list: string[]) => ({ demand: `not ${oneOf(list)}`, holds: (value) => !list.includes(value) }),
    well_known_regex: (kind: number, all) => wellKnownRegex(kind, all.strict !== false),
  });
}

/**
 * Names and values of HTTP headers (RFC 9110 §5; names may be those of HTTP/2 pseudo-headers), or, when not strict, anything
 * that cannot end a header line. The strict rule for names refuses the empty string.
 */
function wellKnownRegex(kind: number, strict: boolean): Omit<ValueRule<string>, "name"> {
  const demand = `be a valid HTTP header ${kind === 1 ? "name" : "value"}`;
  if (!strict) return { demand: `${demand}: no line breaks, no NUL`, holds: (value) => !/[\0\n\r]/.test(value) };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
  const valid = kind === 1 ? /^:?[0-9A-Za-z!#$%&'*+,.^_|~`-]+$/ : /^[^\x00-\x08\x0a-\x1f\x7f]*$/;
  return { demand, holds: (value) => valid.test(value) };
}

/** The rules on bytes; lengths are in bytes. */
export function bytesRules(rules: RuleSet): ValueRule<Uint8Array>[] {
  return make<Uint8Array>("bytes", rules, {
    len: (length: number) => ({ demand: `have ${count(length, "byte")}`, holds: (value) => value.length === length }),
    min_len: (least: number) => ({ demand: `have at least ${count(least, "byte")}`, holds: (value) => value.length >= least }),
    max_len: (most: number) => ({ demand: `have at most ${count(most, "byte")}`, holds: (value) => value.length <= most }),
  });
}

/** The rules on enums, whose values are numbers here. */
export function enumRules(rules: RuleSet, type: EnumType): ValueRule<number>[] {
  const show = (numbers: readonly number[]): string => oneOf(numbers.map((number) => type.names.get(number) ?? String(number)));
  return make<number>("enum", rules, {
    const: (to: number) => ({ demand: show([to]), holds: (value) => value === to }),
    defined_only: (only: boolean) => ({ demand: `be a value of ${type.name}`, holds: (value) => !only || type.names.has(value) }),
    in: (list: number[]) => ({ demand: show(list), holds: (value) => list.includes(value) }),
    not_in: (list: number[]) => ({ demand: `not ${show(list)}`, holds: (value) => !list.includes(value) }),
  });
}

/** The rules on booleans. */
export function boolRules(rules: RuleSet): ValueRule<boolean>[] {
  return make<boolean>("bool", rules, { const: (to: boolean) => ({ demand: `be ${to}`, holds: (value) => value === to }) });
}

/** The rules on the type URL of a google.protobuf.Any. */
export function anyRules(rules: RuleSet): ValueRule<string>[] {
  return make<string>("any", rules, {
    in: (list: string[]) => ({ demand: `hold ${list.join(" or ")}`, holds: (url) => list.includes(url) }),
    not_in: (list: string[]) => ({ demand: `not hold ${list.join(" or ")}`, holds: (url) => !list.includes(url) }),
  });
}

/** The rules on a list as a whole. Elements are unique by their JSON. */
export function listRules(rules: RuleSet): ValueRule<readonly unknown[]>[] {
  return make<readonly unknown[]>("repeated", rules, {
    min_items: (least: number) => ({ demand: `have at least ${count(least, "item")}`, holds: (list) => list.length >= least }),
    max_items: (most: number) => ({ demand: `have at most ${count(most, "item")}`, holds: (list) => list.length <= most }),
    unique: (unique: boolean) => ({
      demand: "not have the same item twice",
      holds: (list) => !unique || new Set(list.map((item) => JSON.stringify(item))).size === list.length,
    }),
  });
}

/** The rules on a map as a whole, given its number of entries. */
export function mapRules(rules: RuleSet): ValueRule<number>[] {
  return make<number>("map", rules, {
    min_pairs: (least: number) => ({
      demand: `have at least ${count(least, "entry", "entries")}`,
      holds: (size) => size >= least,
    }),
    max_pairs: (most: number) => ({ demand: `have at most ${count(most, "entry", "entries")}`, holds: (size) => size <= most }),
  });
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `be ${values[0]}` : `be one of ${values.join(", ")}`;
}

function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

function characters(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
