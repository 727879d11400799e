import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "./rejections.ts";

const names = ["httproute/ns/a/rule/1", "httproute/ns/a/rule/10", "b"];

const cases: readonly {
  readonly what: string;
  readonly message: string;
  readonly guilty?: string[];
  readonly suspects?: string[][];
}[] = [
  {
    what: "Envoy's words name one cluster",
    message: "Error adding/updating cluster(s) httproute/ns/a/rule/1: bad lb policy",
    guilty: ["httproute/ns/a/rule/1"],
  },
  {
    what: "Envoy's words name several clusters",
    message: "Error adding/updating cluster(s) b: no, httproute/ns/a/rule/10: unknown cluster 'x'",
    guilty: ["httproute/ns/a/rule/10", "b"],
  },
  {
    what: "Envoy's words name listeners, one a line",
    message: "Error adding/updating listener(s) b: no\nhttproute/ns/a/rule/1: neither\n",
    guilty: ["httproute/ns/a/rule/1", "b"],
  },
  {
    what: "a name is only mentioned",
    message: "Proto constraint validation failed near 'b'.",
    suspects: [["b"], ["httproute/ns/a/rule/1", "httproute/ns/a/rule/10"]],
  },
  {
    what: "a longer name holds a shorter one",
    message: "route httproute/ns/a/rule/10 is bad",
    suspects: [["httproute/ns/a/rule/10"], ["httproute/ns/a/rule/1", "b"]],
  },
  { what: "nobody is named", message: "bad", suspects: [["httproute/ns/a/rule/1", "httproute/ns/a/rule/10"], ["b"]] },
];

describe("who is to blame for a refusal", () => {
  for (const { what, message, guilty = [], suspects = [] } of cases) {
    it(what, () => assert.deepEqual(judge(message, names), { guilty, suspects }));
  }

  it("the only resource there was", () => {
    assert.deepEqual(judge("anything", ["b"]), { guilty: ["b"], suspects: [] });
    assert.deepEqual(judge("anything", []), { guilty: [], suspects: [] });
  });
});
