import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTemplate } from "./parse-template.ts";
import { render } from "./render.ts";
import type { Templates } from "./syntax.ts";

function run(text: string, data: unknown = {}): string {
  const templates: Templates = new Map();
  parseTemplate("file.yaml", text, templates);
  return render(templates, "file.yaml", data);
}

/** What Go's text/template makes of it. */
const cases: readonly (readonly [string, string, string, unknown?])[] = [
  ["text alone", "a\n b\n", "a\n b\n"],
  ["dashes take the space beside them", "a \n{{- .x -}}\n b", "a1b", { x: 1 }],
  ["a minus is no dash", "{{-1}}", "-1"],
  ["comments are nothing", "a{{/* {{ x }} */}}b {{- /* c */ -}} d", "abd"],
  ["braces in texts", '{{ "}}" }}{{ `{{` }}', "}}{{"],
  ["fields, also of groups and variables", "{{ .a.b }}{{ (.a).b }}{{ $.a.b }}{{ $v := .a }}{{ $v.b }}", "1111", { a: { b: 1 } }],
  ["a missing field is nothing", "[{{ .a.c }}]", "[]", { a: {} }],
  ["the first branch that is true", "{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}", "2", { b: "x" }],
  [
    "empty things are false",
    "{{ range .all }}{{ if . }}t{{ else }}f{{ end }}{{ end }}",
    "fffftttt",
    {
      all: [0, "", [], {}, 1, "0", [0], { a: 0 }],
    },
  ],
  ["with moves the dot, but not in its else", "{{ with .a }}{{ .b }}{{ else }}{{ .c }}{{ end }}", "2", { a: {}, c: 2 }],
  [
    "range over a list and a map, in order",
    "{{ range $i, $v := .l }}{{ $i }}{{ $v }}{{ end }}{{ range $k, $v := .m }}{{ $k }}{{ $v }}{{ end }}",
    "0x1ya1b2",
    {
      l: ["x", "y"],
      m: { b: 2, a: 1 },
    },
  ],
  ["range over nothing", "{{ range .l }}x{{ else }}none{{ end }}", "none", { l: [] }],
  ["a variable that is set in a block is set outside", "{{ $v := 1 }}{{ if true }}{{ $v = 2 }}{{ end }}{{ $v }}", "2"],
  ["a variable that is made in a block ends with it", "{{ $v := 1 }}{{ if true }}{{ $v := 2 }}{{ end }}{{ $v }}", "1"],
  ["pipelines hand on the last argument", '{{ .x | default "a" | printf "%s-%s" "b" | quote }}', '"b-a"', { x: "" }],
  ["templates get what they are given", '{{ define "t" }}{{ . }}{{ $ }}{{ end }}{{ include "t" .x }}', "11", { x: 1 }],
  [
    "nindent makes room for blocks",
    "a:\n  {{- .x | toYaml | nindent 2 }}",
    "a:\n  b: 1\n  c:\n    - d",
    { x: { c: ["d"], b: 1 } },
  ],
  [
    "texts that YAML 1.1 reads as something else get quotes",
    "{{ toYaml .x }}",
    'a: "off"\nb: "010"\nc: "y"',
    {
      x: { a: "off", b: "010", c: "y" },
    },
  ],
];
for (const [what, text, expected, data] of cases) {
  test(`templates: ${what}`, () => assert.equal(run(text, data), expected));
}

const mistakes: readonly (readonly [string, RegExp])[] = [
  ["a\n{{ if .x }}", /^Error: file\.yaml:2: \{\{ if \.x \}\} has no \{\{ end \}\}/],
  ["a\n\n{{ end }}", /^Error: file\.yaml:3: \{\{ end \}\} without a start/],
  ["{{ .a ! }}", /^Error: file\.yaml:1: cannot read "!"/],
  ["{{ ( .a }}", /a \) is missing/],
  ["{{ lookup }}", /there is no function lookup/],
  ['{{ include "nothing" . }}', /there is no template "nothing"/],
  ["{{ .a.b.c }}", /there is no field c in nothing/],
  ["{{ $x = 1 }}", /there is no variable \$x/],
  ["{{ .a }}", /cannot be printed as it is/],
];
for (const [text, message] of mistakes) {
  test(`templates: ${JSON.stringify(text)} is told as a mistake`, () => {
    assert.throws(() => run(text, { a: {} }), message);
  });
}
