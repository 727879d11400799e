import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { helm, helmBinary } from "../../test/install/helm.ts";
import { givenValues } from "./given-values.ts";

const sets: readonly (readonly [readonly string[], object])[] = [
  [["a.b=c"], { a: { b: "c" } }],
  [["a=1,b=true,c=null,d=012,e=1.5,f="], { a: 1, b: true, c: null, d: "012", e: "1.5", f: "" }],
  [["a={x,2,true}", "b={}"], { a: ["x", 2, true], b: [""] }],
  [["a[0].b=c"], { a: [{ b: "c" }] }],
  [["a\\.b=c\\,d"], { "a.b": "c,d" }],
  [["a=b=c"], { a: "b=c" }],
  [["a.b=1", "a.c=2", "a.b=3"], { a: { b: 3, c: 2 } }],
];

for (const [given, expected] of sets) {
  test(`--set ${given.join(" --set ")}`, () => assert.deepEqual(givenValues([], given), expected));
}

test("Helm reads what is set as we do", { skip: helmBinary() === undefined }, () => {
  // A null takes the value away from what the chart says; here there is nothing to take.
  for (const [given] of sets.filter(([[first]]) => !first?.includes("null"))) {
    const printed = helm(["template", "test/install/echo", ...given.flatMap((set) => ["--set", set])]) ?? "";
    assert.deepEqual(parse(printed).values, givenValues([], given));
  }
});

test("files come over each other, and --set over files", () => {
  const files = [
    { path: "one.yaml", text: "a: {b: 1, c: 1, d: 1}\nl: [1, 2]" },
    { path: "two.yaml", text: "a: {c: 2, d: 2}\nl: [3]" },
    { path: "empty.yaml", text: "# nothing\n" },
  ];
  assert.deepEqual(givenValues(files, ["a.d=3"]), { a: { b: 1, c: 2, d: 3 }, l: [3] });
});

test("what cannot be read is told with its place", () => {
  assert.throws(() => givenValues([{ path: "v.yaml", text: "a: [\n" }], []), /^Error: v\.yaml:\d/);
  assert.throws(() => givenValues([{ path: "v.yaml", text: "- a" }], []), /v\.yaml: values must be an object/);
  assert.throws(() => givenValues([], ["a"]), /--set a: write it as NAME=VALUE/);
  assert.throws(() => givenValues([], ["a..b=1"]), /--set a..b=1: write it/);
});
