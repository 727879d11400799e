import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fieldLines, segmentsOf } from "./field-lines.ts";
import { parseYaml } from "./parse-yaml.ts";

const read = (text: string) => {
  const parsed = parseYaml(text);
  assert.ok("value" in parsed, "error" in parsed ? `${parsed.error.line}: ${parsed.error.message}` : "");
  return parsed.value;
};
const mistakeIn = (text: string) => {
  const parsed = parseYaml(text);
  assert.ok("error" in parsed, `parsed as ${JSON.stringify("value" in parsed && parsed.value)}`);
  return parsed.error;
};

describe("values", () => {
  const scalars: readonly (readonly [string, unknown])[] = [
    ["yes", true],
    ["On", true],
    ["y", true],
    ["no", false],
    ["OFF", false],
    ["nope", "nope"],
    ["0644", 420],
    ["0o17", 15],
    ["0x1F", 31],
    ["0b11", 3],
    ["-12", -12],
    ["+7", 7],
    ["1_000", 1000],
    ["089", 89],
    ["1e3", 1000],
    ["1.5", 1.5],
    ["12:30:45", "12:30:45"],
    ["2026-01-01", "2026-01-01"],
    ["~", null],
    ["", null],
    ["'yes'", "yes"],
    ['"0644"', "0644"],
  ];
  test("of plain scalars are those that Kubernetes reads", () => {
    for (const [text, value] of scalars) assert.deepEqual(read(`a: ${text}\n`), { a: value }, text);
  });

  test("are the same when the lenient parser has to read the document", () => {
    // Only that one passes over tags that nobody knows, as Go's parser does.
    for (const [text, value] of scalars) assert.deepEqual(read(`a: ${text}\nb: !custom c\n`), { a: value, b: "c" }, text);
  });

  test("of JSON are read as they stand", () => {
    assert.deepEqual(read('{"a": "yes", "b": [1, null]}'), { a: "yes", b: [1, null] });
    assert.deepEqual(read("{a: yes}"), { a: true });
  });

  test("of nothing but comments, markers and directives is null", () => {
    for (const text of ["", "\n\n", "# a\n  # b\n", "---\n", "%YAML 1.2\n---\n# a\n", "...\n", "\r\n"])
      assert.equal(read(text), null, JSON.stringify(text));
  });

  test("may have Windows' line ends, a directive and an end marker", () => {
    assert.deepEqual(read("%YAML 1.2\r\n---\r\na:\r\n- b: |\r\n    c\r\n    d\r\n...\r\n"), { a: [{ b: "c\nd\n" }] });
  });

  test("keep a key __proto__ as data", () => {
    const value = read("__proto__: {polluted: true}\n") as object;
    assert.ok(Object.hasOwn(value, "__proto__"));
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });
});

describe("aliases", () => {
  test("become copies, and merge keys are merged", () => {
    const value = read("base: &base {a: 1, b: {c: 2}}\nx: *base\nz:\n  <<: *base\n  a: 3\n") as Record<string, object>;
    assert.deepEqual(value, { base: { a: 1, b: { c: 2 } }, x: { a: 1, b: { c: 2 } }, z: { a: 3, b: { c: 2 } } });
    assert.notEqual(value.x, value.base);
    assert.notEqual(Reflect.get(value.z ?? {}, "b"), Reflect.get(value.base ?? {}, "b"));
  });

  test("that would grow beyond measure are refused", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `a${level}: &a${level} [${Array(10)
          .fill(level === 0 ? "x" : `*a${level - 1}`)
          .join(", ")}]`,
    );
    assert.match(mistakeIn(levels.join("\n")).message, /expand to more than/);
  });

  test("of something that they are part of are refused", () => {
    assert.match(mistakeIn("a: &a\n  b: *a\n").message, /part of/);
  });
});

describe("mistakes", () => {
  const mistakes: readonly (readonly [string, number])[] = [
    ["a: 1\nb: [1, 2\nc: 3\n", 3],
    ["a: 1\n\tb: 2\n", 2],
    ["a: 1\na: 2\n", 2],
    ['a: 1\nb: "never ends\n', 2],
    ["a: 1\n  b: 2\n", 2],
    ["a: *nothing\n", 1],
    ["a: 1\n---\nb: 2\n", 1],
    ["{ 'a': 1", 1],
  ];
  test("are told with their line", () => {
    for (const [text, line] of mistakes) {
      const error = mistakeIn(text);
      assert.ok(Math.abs(error.line - line) <= 1, `${JSON.stringify(text)}: line ${error.line}: ${error.message}`);
    }
  });

  test("never quote the document", () => {
    for (const text of ["password: hunter2\npassword: hunter2\n", "a: [hunter2\nhunter2: {", 'p: "hunter2\n']) {
      assert.ok(!mistakeIn(text).message.includes("hunter2"), mistakeIn(text).message);
    }
  });
});

describe("lines of fields", () => {
  const text = "# head\nspec:\n  rules:\n  - name: a\n    matches: []\n  - {name: b}\n  labels:\n    app.kubernetes.io/name: c\n";
  const cases: readonly (readonly [string, number])[] = [
    ["spec", 2],
    ["spec.rules[0]", 4],
    ["spec.rules[0].matches", 5],
    ["spec.rules[1].name", 6],
    ["spec.labels[app.kubernetes.io/name]", 8],
    ["spec.rules[1].matches[0].path", 6],
    ["spec.missing", 2],
    ["other", 2],
    ["", 2],
  ];
  test("are those of the deepest part that is there", () => {
    const lineOf = fieldLines(text);
    for (const [path, line] of cases) assert.equal(lineOf(path), line, path);
  });

  test("are found in JSON and in broken documents, too", () => {
    assert.equal(fieldLines('{\n "a": {\n  "b": 1\n }\n}')("a.b"), 3);
    assert.equal(fieldLines("a:\n  b: 1\n  b: 2\n")("a.b"), 2);
  });

  test("paths are taken apart at dots and brackets", () => {
    assert.deepEqual(segmentsOf("a.b[0][x.y/z].c"), ["a", "b", "0", "x.y/z", "c"]);
    assert.deepEqual(segmentsOf(""), []);
  });
});
