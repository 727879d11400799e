import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

const changes = {
  add: [{ name: "a", value: "1,2 %3" }],
  set: [{ name: "b", value: "2" }],
  addIfAbsent: [{ name: "c", value: "3" }],
  remove: ["d"],
  removeOnMatch: [{ type: "Prefix" as const, value: "x-" }],
};
const mutations = [
  { append: { header: { key: "a", value: "1,2 %%3" } } },
  { append: { header: { key: "b", value: "2" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" } },
  { append: { header: { key: "c", value: "3" }, append_action: "ADD_IF_ABSENT" } },
  { remove: "d" },
  { remove_on_match: { key_matcher: { prefix: "x-" } } },
];

function configOf(extension: unknown): Record<string, unknown> {
  const { "@type": _type, ...config } = (extension as { typed_config: Record<string, unknown> }).typed_config;
  return config;
}

test("requests are changed before they are matched, answers after everything else", () => {
  const { proxy } = listenerWith({ headers: { earlyRequestHeaders: changes, lateResponseHeaders: changes } });
  const [early] = proxy.early_header_mutation_extensions as unknown[];
  assert.deepEqual(configOf(early), { mutations });
  const filters = proxy.http_filters as readonly { name: string }[];
  assert.deepEqual(configOf(filters.find(({ name }) => name === "envoy.filters.http.header_mutation")), {
    mutations: { response_mutations: mutations },
  });
});

test("the Host header, which Envoy does not let anyone change, is told", () => {
  const early = {
    add: [{ name: "Host", value: "a" }],
    set: [{ name: "host", value: "a" }],
    addIfAbsent: [{ name: "HOST", value: "a" }],
  };
  assert.deepEqual(
    listenerWith({ headers: { earlyRequestHeaders: early } }).mistakes.map((mistake) => mistake.split(":")[0]),
    ["add[0]", "set[0]", "addIfAbsent[0]"].map((entry) => `spec.headers.earlyRequestHeaders.${entry}`),
  );
});

test("expressions that Envoy cannot read, and empty names, are told", () => {
  const removeOnMatch = [{ type: "RegularExpression" as const, value: "(" }];
  const { mistakes, proxy } = listenerWith({
    headers: { earlyRequestHeaders: { remove: [""] }, lateResponseHeaders: { removeOnMatch } },
  });
  assert.equal(mistakes.length, 2);
  assert.match(mistakes[0] ?? "", /^spec\.headers\.earlyRequestHeaders\.remove\[0\] is empty/);
  assert.match(mistakes[1] ?? "", /^spec\.headers\.lateResponseHeaders\.removeOnMatch\[0\]/);
  assert.equal(proxy.early_header_mutation_extensions, undefined);
});
