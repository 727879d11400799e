import assert from "node:assert/strict";
import { test } from "node:test";
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import fc from "fast-check";
import { valuesOf } from "../../../../test/api/arbitrary-value.ts";
import { builtKinds } from "../../kinds.ts";
import type { Schema } from "../schema.ts";
import { type CelProgram, compileCel } from "./compile.ts";
import { CelDuration, CelFailure } from "./value.ts";

/** What an expression comes to: its value, or that it fails. */
type Outcome = { readonly value: unknown } | "fails";

function ours(program: CelProgram, self: unknown): Outcome {
  try {
    const value = program(self);
    return { value: value instanceof CelDuration ? value.nanoseconds : value };
  } catch (error) {
    assert.ok(error instanceof CelFailure, String(error));
    return "fails";
  }
}

const env = celEnv({ variables: { self: "dyn" } as never, funcs: strings as never });

/** The library's verdict. Kubernetes escapes reserved words in field names, which the library does not know. */
function library(source: string): (self: unknown) => Outcome {
  const program = plan(env, parse(source));
  return (self) => {
    const value = program({ self: asCel(self) } as never);
    return isCelError(value) ? "fails" : { value: typeof value === "bigint" ? Number(value) : value };
  };
}

/** JSON as the library wants it: whole numbers are ints, fields have their escaped names. */
function asCel(value: unknown): never {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value) as never;
  if (Array.isArray(value)) return value.map(asCel) as never;
  if (typeof value === "object" && value !== null) {
    return new Map(
      Object.entries(value).map(([key, field]) => [key === "namespace" ? "__namespace__" : key, asCel(field)]),
    ) as never;
  }
  return value as never;
}

/** Every node with rules, of all kinds, each once. */
function nodesWithRules(): Schema[] {
  const found = new Set<Schema>();
  const visit = (schema: Schema): void => {
    if (schema["x-kubernetes-validations"] !== undefined) found.add(schema);
    for (const node of [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})])
      if (node) visit(node);
  };
  for (const kind of builtKinds) visit(kind.schema);
  return [...found];
}

test("every rule of every kind comes to what the CEL library makes of it", () => {
  for (const schema of nodesWithRules()) {
    for (const { rule } of schema["x-kubernetes-validations"] ?? []) {
      if (/oldSelf|isIP/.test(rule)) continue;
      const program = compileCel(rule, ["self"]);
      const oracle = library(rule);
      fc.assert(
        fc.property(valuesOf(schema, false), (self) => {
          // The library takes the empty string for a duration of zero; Go, and so Kubernetes, does not.
          fc.pre(!(rule.includes("duration(") && JSON.stringify(self).includes('""')));
          assert.deepEqual(ours(program, self), oracle(self), rule);
        }),
        { numRuns: 15 },
      );
    }
  }
});

const expressions = [
  "self.n + 1 == 3 && self.n - 1 == 1",
  "self.list + [1] == [1, 2, 3, 1]",
  "self.text + '!'",
  "self.n > 1 ? self.text : self.absent",
  "self.absent",
  "self.absent || true",
  "true || self.absent",
  "self.absent && false",
  "self.absent && true",
  "self.absent || false",
  "'a' in self.map",
  "self.n in self.list",
  "self.list.all(x, x > 0)",
  "self.list.all(x, self.absent || x < 2)",
  "self.list.exists(x, x == 2 || self.absent)",
  "self.list.exists_one(x, x == 2)",
  "self.list.map(x, x + 1) == [2, 3, 4] && self.map.map(k, k) == ['a']",
  "self.list.filter(x, x > 1).size()",
  "self.list.exists(x, self.list.exists(y, x + y == 5))",
  "self.map.all(k, self.map[k] == 1)",
  "size(self.text) + size(self.list) + size(self.map)",
  "self.list[0] == 1 && self.list[2] == 3",
  "self.list[3]",
  "self.map['a'] == 1 && self.map.a == 1",
  "self.map['b']",
  "has(self.map.a) && !has(self.map.b)",
  "!self.n",
  "-self.n < 0",
  "self.n && true",
  "self.n < self.text",
  "self.n == self.text",
  "self.list == [1, 2, 3]",
  "self.map == {'a': 1}",
  "{'a': 1, 'b': 2}[self.first]",
  "self.text.startsWith('gr') && self.text.endsWith('ß') && self.text.contains('ü')",
  "self.text.matches('^gr..$') && !self.text.matches('^gr$')",
  "self.text.size() == 4 && self.emoji.size() == 2",
  "self.text < 'h' && 'Z' < 'a'",
  "self.path.split('/') == ['', 'a', 'b']",
  "self.path.substring(1) + self.path.substring(0, 1)",
  "self.path.substring(99)",
  "'ÄBc'.lowerAscii() + 'äbC'.upperAscii()",
  "null == self.nothing && self.nothing != 1",
  "1.5 > 1.0",
  "r'\\d' == '\\\\d'",
  "duration('1h30m') == duration('90m') && duration('1s') < duration('1001ms')",
  "duration('1.5s') + duration('500ms') == duration('2s') && duration('.5s') == duration('500ms')",
  "duration('forever')",
  "self.list.map(x, x > 1, x - 1) == [1, 2]",
];

test("operators, macros and functions come to what the CEL library makes of them", () => {
  const self = { n: 2, text: "grüß", emoji: "😀x", path: "/a/b", first: "a", list: [1, 2, 3], map: { a: 1 }, nothing: null };
  for (const source of expressions) assert.deepEqual(ours(compileCel(source, ["self"]), self), library(source)(self), source);
});

test("what is not supported is refused when it is compiled", () => {
  for (const source of ["self.list.map(x, x * 2)", "nobody", "timestamp('2020-01-01T00:00:00Z')", "b'x'", "self.f()", "1 +"]) {
    assert.throws(() => compileCel(source, ["self"]), Error, source);
  }
});

test("strings are ordered by code points", () => {
  assert.equal(compileCel("'\\uFFFD' < '\\U0001F600'", [])(), true);
});

test("functions of Kubernetes", () => {
  const value = (source: string) => compileCel(source, [])();
  assert.equal(value("isIP('1.2.3.4') && isIP('::1') && !isIP('1.2.3') && !isIP('example.com')"), true);
  assert.equal(value("isCIDR('10.0.0.0/8') && isCIDR('fd00::/8') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0')"), true);
});

test("escaped names of fields are those of the schema", () => {
  const self = { namespace: "a", "b.c": "d", "e-f": "g", "h/i": "j", x__y: "z" };
  const rule = "self.__namespace__ + self.b__dot__c + self.e__dash__f + self.h__slash__i + self.x__underscores__y";
  assert.equal(compileCel(rule, ["self"])(self), "adgjz");
});

test("names that every JavaScript object has are not fields", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    assert.equal(compileCel(`has(self.${name})`, ["self"])({}), false);
    assert.throws(() => compileCel(`self.${name}`, ["self"])({}), new RegExp(`no such key: ${name}`));
    assert.equal(compileCel(`'${name}' in self`, ["self"])({}), false);
  }
});
