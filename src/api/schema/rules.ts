/**
 * Checks the CEL rules of a schema (`x-kubernetes-validations`): each at the path of the node that it stands on.
 * Source: k8s.io/apiextensions-apiserver v0.36, pkg/apiserver/schema/cel/validation.go.
 */
import { isObject } from "../json-object.ts";
import { type CelProgram, compileCel } from "./cel/compile.ts";
import { CelFailure } from "./cel/value.ts";
import { fromRoot } from "./field-path.ts";
import { duplicate, type FieldProblem, forbidden, invalid, omitted, required } from "./problem.ts";
import type { Schema, ValidationRule } from "./schema.ts";

/**
 * Finds the rules that a value breaks. The value must have the structure of the schema. Fields of problems begin at the value, with a
 * dot or a bracket: where nothing is wrong, as is usual, no path is ever put together.
 */
type RuleCheck = (value: unknown, found: FieldProblem[]) => void;

const checks = new WeakMap<Schema, { readonly check: RuleCheck | undefined }>();

/** Whether a schema has rules, itself or anywhere below. */
export function hasRules(schema: Schema): boolean {
  return ruleCheckOf(schema) !== undefined;
}

/**
 * The rules of a schema that a value breaks, which must have the structure of the schema. Rules are compiled when first used.
 * @param path where the value stands; empty for an object as a whole
 */
export function brokenRules(schema: Schema, value: unknown, path = ""): readonly FieldProblem[] {
  const found: FieldProblem[] = [];
  ruleCheckOf(schema)?.(value, found);
  return found.map((problem) => ({ ...problem, field: fromRoot(path + problem.field) }));
}

/** The check of a schema's rules; undefined where neither the schema nor anything below has any. */
function ruleCheckOf(schema: Schema): RuleCheck | undefined {
  const known = checks.get(schema);
  if (known !== undefined) return known.check;
  const parts = [...ownRules(schema), ...below(schema)];
  const check: RuleCheck | undefined =
    parts.length === 0
      ? undefined
      : (value, found) => {
          if (value === null || value === undefined) return;
          for (const part of parts) part(value, found);
        };
  checks.set(schema, { check });
  return check;
}

/** Compiles all rules of a schema now. Throws Error where a rule cannot be compiled. */
export function compileRules(schema: Schema): void {
  for (const rule of schema["x-kubernetes-validations"] ?? []) if (!isTransition(rule)) programsOf(rule);
  const nodes = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {}), ...(schema.allOf ?? [])];
  for (const node of nodes) if (node !== undefined) compileRules(node);
}

/** Compiles the rules that a value is checked by, as far as they are not, in steps of some milliseconds. */
export function* compilingSteps(schema: Schema, value: unknown): Generator<void> {
  if (value === null || value === undefined || !hasRules(schema)) return;
  for (const rule of schema["x-kubernetes-validations"] ?? []) {
    if (isTransition(rule) || programs.has(rule)) continue;
    programsOf(rule);
    yield;
  }
  for (const each of schema.allOf ?? []) yield* compilingSteps(each, value);
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) yield* compilingSteps(schema.items, item);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const field =
        schema.additionalProperties ?? (Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined);
      if (field !== undefined) yield* compilingSteps(field, member);
    }
  }
}

function ownRules(schema: Schema): RuleCheck[] {
  const rules = (schema["x-kubernetes-validations"] ?? []).filter((rule) => !isTransition(rule));
  return rules.map((rule) => {
    let compiled: Programs | undefined;
    return (value, found) => {
      compiled ??= programsOf(rule);
      const problem = broken(rule, compiled, schema, value);
      if (problem !== undefined) found.push(problem);
    };
  });
}

/** Rules about a change need an older object, and there is none: files say what is, not what was. */
function isTransition({ rule }: ValidationRule): boolean {
  return /\boldSelf\b/.test(rule);
}

function below({ allOf, items, additionalProperties, properties }: Schema): RuleCheck[] {
  const ofItems = items && ruleCheckOf(items);
  const ofValues = additionalProperties && ruleCheckOf(additionalProperties);
  const ofFields = Object.entries(properties ?? {}).flatMap(([name, field]) => {
    const check = ruleCheckOf(field);
    return check ? [[name, check] as const] : [];
  });
  return [
    ...(allOf ?? []).flatMap((each) => ruleCheckOf(each) ?? []),
    ...(ofItems ? [eachItem(ofItems)] : []),
    ...(ofValues ? [eachValue(ofValues)] : []),
    ...(ofFields.length > 0 ? [eachField(ofFields)] : []),
  ];
}

function eachItem(check: RuleCheck): RuleCheck {
  return (value, found) => {
    if (!Array.isArray(value)) return;
    for (let index = 0; index < value.length; index++) {
      const before = found.length;
      check(value[index], found);
      if (found.length > before) place(found, before, `[${index}]`);
    }
  };
}

function eachValue(check: RuleCheck): RuleCheck {
  return (value, found) => {
    if (!isObject(value)) return;
    for (const key of Object.keys(value)) {
      const before = found.length;
      check(value[key], found);
      if (found.length > before) place(found, before, `[${key}]`);
    }
  };
}

function eachField(checks: readonly (readonly [string, RuleCheck])[]): RuleCheck {
  return (value, found) => {
    if (!isObject(value)) return;
    for (const [name, check] of checks) {
      const member = value[name];
      if (member === undefined) continue;
      const before = found.length;
      check(member, found);
      if (found.length > before) place(found, before, `.${name}`);
    }
  };
}

/** Tells where in its parent the value is, of which the problems from `first` on are. */
function place(found: FieldProblem[], first: number, step: string): void {
  for (const [at, problem] of found.entries()) if (at >= first) found[at] = { ...problem, field: step + problem.field };
}

interface Programs {
  readonly rule: CelProgram;
  readonly message: CelProgram | undefined;
}

const programs = new WeakMap<ValidationRule, Programs>();

function programsOf(rule: ValidationRule): Programs {
  const known = programs.get(rule);
  if (known !== undefined) return known;
  const made = {
    rule: compileCel(rule.rule, ["self"]),
    message: rule.messageExpression === undefined ? undefined : compileCel(rule.messageExpression, ["self"]),
  };
  programs.set(rule, made);
  return made;
}

/** The problem of a rule that is false or cannot be evaluated for a value. */
function broken(rule: ValidationRule, compiled: Programs, schema: Schema, value: unknown): FieldProblem | undefined {
  try {
    if (compiled.rule(value) === true) return undefined;
  } catch (error) {
    if (!(error instanceof CelFailure)) throw error;
    return invalid("", schema.type ?? "", cannotEvaluate(error.message, (rule.message ?? rule.rule).trim()));
  }
  const shown = schema.type === "object" || schema.type === "array" ? omitted : value;
  return problemFor(rule, rule.fieldPath ?? "", shown, messageOf(rule, compiled, value));
}

function cannotEvaluate(why: string, rule: string): string {
  return why === "no such overload"
    ? `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
    : `${why} evaluating rule: ${rule}`;
}

function messageOf(rule: ValidationRule, { message }: Programs, value: unknown): string {
  const fallback = rule.message?.trim() ?? `failed rule: ${rule.rule.trim()}`;
  if (message === undefined) return fallback;
  try {
    const text = message(value);
    return typeof text === "string" && text.trim() !== "" && !/[\r\n]/.test(text.trim()) ? text.trim() : fallback;
  } catch (error) {
    if (error instanceof CelFailure) return fallback;
    throw error;
  }
}

function problemFor(rule: ValidationRule, field: string, value: unknown, message: string): FieldProblem {
  switch (rule.reason) {
    case "FieldValueRequired":
      return required(field, message);
    case "FieldValueForbidden":
      return forbidden(field, message);
    case "FieldValueDuplicate":
      return duplicate(field, value);
    default:
      return invalid(field, value, message);
  }
}
