import assert from "node:assert/strict";
import { test } from "node:test";
import { selectorMistake, selects } from "./label-selector.ts";

const labels = { team: "a", tier: "web" };

test("all conditions of a selector must hold", () => {
  const table = [
    [{}, true],
    [{ matchLabels: { team: "a" } }, true],
    [{ matchLabels: { team: "b" } }, false],
    [{ matchLabels: { team: "a", none: "x" } }, false],
    [{ matchExpressions: [{ key: "team", operator: "In", values: ["a", "b"] }] }, true],
    [{ matchExpressions: [{ key: "none", operator: "In", values: ["a"] }] }, false],
    [{ matchExpressions: [{ key: "team", operator: "NotIn", values: ["a"] }] }, false],
    [{ matchExpressions: [{ key: "none", operator: "NotIn", values: ["a"] }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    [{ matchLabels: { team: "a" }, matchExpressions: [{ key: "none", operator: "Exists" }] }, false],
    [{ matchExpressions: [{ key: "tier", operator: "Unheard" }] }, false],
  ] as const;
  for (const [selector, selected] of table) assert.equal(selects(selector, labels), selected, JSON.stringify(selector));
});

test("a wrong selector is told with its place and what to do", () => {
  const mistake = (operator: string, values?: readonly string[]) =>
    selectorMistake({ matchExpressions: [{ key: "k", operator, ...(values ? { values } : {}) }] });
  assert.match(mistake("In") ?? "", /matchExpressions\[0\].*list at least one/);
  assert.match(mistake("Exists", ["x"]) ?? "", /remove them/);
  assert.match(mistake("Near", ["x"]) ?? "", /use In, NotIn, Exists or DoesNotExist/);
  assert.equal(mistake("NotIn", ["x"]), undefined);
});
