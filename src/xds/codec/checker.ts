/**
 * Checks messages in protobuf-JSON shape against the rules in the .proto files of Envoy's API: what Envoy would check on
 * arrival, and refuse. The checks of each message type are compiled when the type is first used.
 * Source: validate/validate.proto of https://github.com/bufbuild/protoc-gen-validate
 */
import { hasOwnShape, messageNameOf } from "./any.ts";
import type { Descriptors, Field, MessageType } from "./descriptors.ts";
import { type PathStep, pathText, Refusal } from "./refusal.ts";
import { type FieldRules, type RuleSet, readRules } from "./rules.ts";
import { enumScalar, isScalarName, type ScalarName, scalars } from "./scalar.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import * as make from "./value-rules.ts";
import { isObject, wellKnownTypes, wrapped } from "./well-known-type.ts";

/** One broken rule. */
export interface Violation {
  /** Where in the message, as it was written. */
  readonly path: string;
  /** The rule as in validate.proto: `string.min_len`, `message.required`. */
  readonly rule: string;
  /** What the value must be, to be read after "must": `have at least 1 item`. */
  readonly demand: string;
  /** Path and demand, for people: `virtualHosts[0].domains: must have at least 1 item`. */
  readonly message: string;
}

/** Collects what a check finds. */
class Report {
  readonly violations: Violation[] = [];
  readonly path: PathStep[] = [];

  add(rule: string, demand: string): void {
    const path = pathText(this.path);
    this.violations.push({ path, rule, demand, message: path === "" ? `must ${demand}` : `${path}: must ${demand}` });
  }
}

/** Checks one value that is set. */
type Check = (value: unknown, report: Report) => void;

/** A broken rule whose place is not known yet. */
type Finding = readonly [rule: string, demand: string];

/** What is checked of one field. */
interface FieldChecks {
  readonly jsonName: string;
  readonly name: string;
  readonly present: Check | undefined;
  /** What is wrong when the field is not set. */
  readonly absent: readonly Finding[];
}

/** What is checked of one message type. */
interface MessageChecks {
  readonly byName: ReadonlyMap<string, Check>;
  /** The fields that are wrong when they are not set. */
  readonly needed: readonly FieldChecks[];
  /** For each oneof that must have a member: all names of its members, and what is found when none is set. */
  readonly oneofs: readonly { readonly members: readonly string[]; readonly absent: Finding }[];
}

/** Compiles and keeps the checks of message types. */
export class Checker {
  readonly #descriptors: Descriptors;
  readonly #messages = new Map<string, MessageChecks>();

  /** Takes the descriptors of all types that will be checked. */
  constructor(descriptors: Descriptors) {
    this.#descriptors = descriptors;
  }

  /** Checks a message of the type of that full name; see `violations`. */
  check(name: string, message: unknown): Violation[] {
    const report = new Report();
    this.#checkMessage(name, message, report);
    return report.violations;
  }

  /** Compiles the checks of a type without using them; throws when it has a rule that is not understood. */
  compile(name: string): void {
    this.#checksOf(name);
  }

  #checkMessage(name: string, message: unknown, report: Report): void {
    const checks = this.#checksOf(name);
    if (checks === undefined || !isObject(message)) return;
    for (const key in message) {
      const value = message[key];
      if (value === undefined || value === null) continue;
      const check = checks.byName.get(key);
      if (check === undefined) continue;
      report.path.push(key);
      check(value, report);
      report.path.pop();
    }
    for (const field of checks.needed) {
      if (isSet(message, field.jsonName) || isSet(message, field.name)) continue;
      report.path.push(field.jsonName);
      for (const [rule, demand] of field.absent) report.add(rule, demand);
      report.path.pop();
    }
    for (const { members, absent } of checks.oneofs) {
      if (!members.some((member) => isSet(message, member))) report.add(...absent);
    }
  }

  #checksOf(name: string): MessageChecks | undefined {
    const known = this.#messages.get(name);
    if (known) return known;
    const type = this.#descriptors.message(name);
    if (type === undefined) return undefined;
    const checks = type.unchecked || wellKnownTypes.has(name) ? nothing : this.#compileMessage(type);
    this.#messages.set(name, checks);
    return checks;
  }

  #compileMessage(type: MessageType): MessageChecks {
    const byName = new Map<string, Check>();
    const needed: FieldChecks[] = [];
    for (const field of type.fields) {
      const checks = this.#compileField(field);
      if (checks.absent.length > 0) needed.push(checks);
      if (checks.present === undefined) continue;
      byName.set(field.name, checks.present);
      byName.set(field.jsonName, checks.present);
    }
    const oneofs = type.oneofs.flatMap((oneof, index) => {
      if (!oneof.required) return [];
      const members = type.fields.filter((field) => field.oneof === index);
      const absent: Finding = ["oneof.required", `have one of ${members.map(({ jsonName }) => jsonName).join(", ")}`];
      return [{ members: members.flatMap(({ name, jsonName }) => [jsonName, name]), absent }];
    });
    return { byName, needed, oneofs };
  }

  #compileField(field: Field): FieldChecks {
    const rules = readRules(this.#descriptors, field) ?? {};
    const [present, unset] = this.#compilePresent(field, rules);
    return { jsonName: field.jsonName, name: field.name, present, absent: absentFindings(field, rules, present, unset) };
  }

  /** The check of a field that is set, and what stands for the field when it is not. */
  #compilePresent(field: Field, rules: FieldRules): [check: Check | undefined, unset: unknown] {
    const entry = field.repeated && field.type === "message" ? this.#descriptors.message(field.typeName) : undefined;
    if (entry?.mapEntry) return [this.#compileMap(entry, rules.map ?? {}), {}];
    if (field.repeated) return [this.#compileList(field, rules.repeated ?? {}), []];
    return [this.#compileValue(field, rules), defaultOf(field)];
  }

  #compileList(field: Field, rules: RuleSet): Check | undefined {
    const whole = make.listRules(rules);
    // The rules of elements are a FieldRules again.
    const element = this.#compileValue(field, (rules.items ?? {}) as FieldRules);
    if (whole.length === 0 && element === undefined) return undefined;
    return (list, report) => {
      if (!Array.isArray(list) || (rules.ignore_empty && list.length === 0)) return;
      apply("repeated", whole, list, report);
      if (element === undefined) return;
      for (const [index, item] of list.entries()) {
        report.path.push(index);
        element(item, report);
        report.path.pop();
      }
    };
  }

  #compileMap(entry: MessageType, rules: RuleSet): Check | undefined {
    const [keyField, valueField] = entry.fields;
    if (keyField === undefined || valueField === undefined) throw new Error(`malformed descriptor: map ${entry.name}`);
    const whole = make.mapRules(rules);
    const key = this.#compileValue(keyField, (rules.keys ?? {}) as FieldRules);
    const value = this.#compileValue(valueField, (rules.values ?? {}) as FieldRules);
    if (whole.length === 0 && key === undefined && value === undefined) return undefined;
    return (map, report) => {
      if (!isObject(map)) return;
      const keys = Object.keys(map);
      if (rules.ignore_empty && keys.length === 0) return;
      apply("map", whole, keys.length, report);
      for (const name of keys) {
        report.path.push(name);
        key?.(name, report);
        value?.(map[name], report);
        report.path.pop();
      }
    };
  }

  /** One value: a field that is not repeated, an element, a key. */
  #compileValue(field: Field, rules: FieldRules): Check | undefined {
    const { typeName } = field;
    if (field.type === "enum") return this.#compileEnum(typeName, rules.enum);
    if (isScalarName(field.type)) return scalarCheck(field.type, rules[field.type]);
    const scalar = wrapped.get(typeName);
    if (scalar !== undefined) return scalarCheck(scalar, rules[scalar]);
    if (typeName === "google.protobuf.Duration") return valueCheck("duration", rules.duration, make.secondsRules, parseDuration);
    if (typeName === "google.protobuf.Timestamp")
      return valueCheck("timestamp", rules.timestamp, make.secondsRules, parseTimestamp);
    if (typeName === "google.protobuf.Any") return this.#compileAny(rules.any ?? {});
    if (wellKnownTypes.has(typeName) || rules.message?.skip) return undefined;
    return (message, report) => this.#checkMessage(typeName, message, report);
  }

  #compileEnum(typeName: string, rules: RuleSet | undefined): Check | undefined {
    const type = this.#descriptors.enumeration(typeName);
    if (type === undefined) throw new Error(`the descriptors lack ${typeName}`);
    return valueCheck("enum", rules, (_kind, set) => make.enumRules(set, type), enumScalar(type).parse);
  }

  #compileAny(rules: RuleSet): Check {
    const onUrl = make.anyRules(rules);
    return (any, report) => {
      if (!isObject(any)) return;
      const url = any["@type"];
      const name = messageNameOf(url);
      if (typeof url === "string") apply("any", onUrl, url, report);
      if (name === undefined) return;
      if (!hasOwnShape(name, any)) this.#checkMessage(name, any, report);
    };
  }
}

const nothing: MessageChecks = { byName: new Map(), needed: [], oneofs: [] };

/** What is wrong when a field is not set: what must be set, and for fields of implicit presence what their default breaks. */
function absentFindings(field: Field, rules: FieldRules, present: Check | undefined, unset: unknown): Finding[] {
  if (field.oneof !== undefined) return [];
  const required = Object.entries(rules).filter(([, set]) => set.required === true);
  if (required.length > 0) return required.map(([kind]) => [`${kind}.required`, "be set"]);
  if (field.explicit || present === undefined) return [];
  const report = new Report();
  present(unset, report);
  return report.violations.map(({ rule, demand }) => [rule, demand]);
}

function defaultOf(field: Field): unknown {
  if (field.type === "string" || field.type === "bytes") return "";
  return field.type === "bool" ? false : 0;
}

function scalarCheck(name: ScalarName, rules: RuleSet | undefined): Check | undefined {
  switch (name) {
    case "string":
      return valueCheck(
        name,
        rules,
        (_kind, set) => make.stringRules(set),
        scalars.string.parse,
        (value) => value === "",
      );
    case "bytes":
      return valueCheck(
        name,
        rules,
        (_kind, set) => make.bytesRules(set),
        scalars.bytes.parse,
        (value) => value.length === 0,
      );
    case "bool":
      return valueCheck(name, rules, (_kind, set) => make.boolRules(set), scalars.bool.parse);
    default:
      return valueCheck<number | bigint>(name, rules, make.numberRules, scalars[name].parse, (value) => value === 0);
  }
}

/** Checks a value in JSON shape after reading it. A value that is not of its type is for `encode` to refuse. */
function valueCheck<T>(
  kind: string,
  rules: RuleSet | undefined,
  compile: (kind: string, rules: RuleSet) => make.ValueRule<T>[],
  parse: (value: unknown) => T,
  isEmpty: (value: T) => boolean = () => false,
): Check | undefined {
  if (rules === undefined) return undefined;
  const compiled = compile(kind, rules);
  if (compiled.length === 0) return undefined;
  const ignoreEmpty = rules.ignore_empty === true;
  return (value, report) => {
    const parsed = attempt(parse, value);
    if (parsed === undefined || (ignoreEmpty && isEmpty(parsed))) return;
    apply(kind, compiled, parsed, report);
  };
}

function apply<T>(kind: string, rules: readonly make.ValueRule<T>[], value: T, report: Report): void {
  for (const rule of rules) if (!rule.holds(value)) report.add(`${kind}.${rule.name}`, rule.demand);
}

function attempt<T>(parse: (value: unknown) => T, value: unknown): T | undefined {
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function isSet(message: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = message[key];
  return value !== undefined && value !== null;
}
