import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../../api/kinds.ts";
import { firstVersion, nextVersion, unknownCreation } from "./object-version.ts";

const object = (value: string, metadata: object = {}): ApiObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "default", ...metadata },
  data: { value },
});

test("what an API server would add is the same in every run", () => {
  const { metadata } = firstVersion(object("1"), "version");
  assert.equal(metadata.creationTimestamp, unknownCreation);
  assert.equal(metadata.generation, 1);
  assert.match(metadata.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(firstVersion(object("1"), "version").metadata, metadata);
  assert.notEqual(firstVersion(object("1", { name: "b" }), "version").metadata.uid, metadata.uid);
});

test("what the file says about creation is kept, what it says about versions is not", () => {
  const exported = { creationTimestamp: "2026-01-01T00:00:00Z", generation: 7, resourceVersion: "12345", uid: "from-a-cluster" };
  const { metadata } = firstVersion(object("1", exported), "version");
  assert.equal(metadata.creationTimestamp, exported.creationTimestamp);
  assert.equal(metadata.generation, 1);
  assert.equal(metadata.resourceVersion, "version");
  assert.notEqual(metadata.uid, exported.uid);
});

test("an equal object stays the very same value, however it is written; another one is another version", () => {
  const first = nextVersion(firstVersion(object("1"), "first"), undefined);
  assert.equal(nextVersion(firstVersion(object("1"), "reformatted"), first), first);
  const labelled = nextVersion(firstVersion(object("1", { labels: { a: "b" } }), "labelled"), first);
  const changed = nextVersion(firstVersion(object("2", { labels: { a: "b" } }), "changed"), labelled);
  assert.deepEqual(
    [first, labelled, changed].map(({ metadata: { generation, resourceVersion } }) => [generation, resourceVersion]),
    [
      [1, "first"],
      [1, "labelled"],
      [2, "changed"],
    ],
  );
  const again = nextVersion(firstVersion(object("2", { labels: { a: "b" } }), "again"), changed);
  assert.equal(again, changed, "generations go on from where they are");
});
