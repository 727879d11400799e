import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withStatus } from "./shown-status.ts";

const ours = { parentRef: { name: "eg" }, controllerName: "ours", conditions: [] };
const theirs = { parentRef: { name: "other" }, controllerName: "theirs", conditions: [] };

describe("the status of an object, as it is shown", () => {
  it("is ours, and what the object says of other controllers", () => {
    const object = { kind: "HTTPRoute", status: { parents: [{ ...ours, parentRef: { name: "gone" } }, theirs] } };
    assert.deepEqual(withStatus(object, { parents: [ours] }, "ours"), { kind: "HTTPRoute", status: { parents: [theirs, ours] } });
    const policy = { status: { ancestors: [theirs] } };
    assert.deepEqual(withStatus(policy, { ancestors: [ours] }, "ours"), { status: { ancestors: [theirs, ours] } });
  });

  it("is as the object gives it where we say nothing, and ours alone where nobody else says anything", () => {
    const object = { status: { parents: [theirs] } };
    assert.equal(withStatus(object, undefined, "ours"), object);
    assert.deepEqual(withStatus({ kind: "A" }, { conditions: [] }, "ours"), { kind: "A", status: { conditions: [] } });
    assert.deepEqual(withStatus({ status: { conditions: [1] } }, { conditions: [] }, "ours"), { status: { conditions: [] } });
  });
});
