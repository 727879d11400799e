import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../../api/kinds.ts";
import { firstVersion, nextVersion, unknownCreation } from "./object-version.ts";

const identity = "ConfigMap/default/a";
const object = (value: string, metadata: object = {}): ApiObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "default", ...metadata },
  data: { value },
});

test("what an API server would add is the same in every run", () => {
  const { metadata } = firstVersion(object("1"), identity, "version");
  assert.equal(metadata.creationTimestamp, unknownCreation);
  assert.equal(metadata.generation, 1);
  assert.match(metadata.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(firstVersion(object("1"), identity, "version").metadata, metadata);
  assert.notEqual(firstVersion(object("1", { name: "b" }), "ConfigMap/default/b", "version").metadata.uid, metadata.uid);
});

test("what the file says about creation is kept, what it says about versions is not", () => {
  const exported = { creationTimestamp: "2026-01-01T00:00:00Z", generation: 7, resourceVersion: "12345", uid: "from-a-cluster" };
  const { metadata } = firstVersion(object("1", exported), identity, "version");
  assert.equal(metadata.creationTimestamp, exported.creationTimestamp);
  assert.equal(metadata.generation, 1);
  assert.equal(metadata.resourceVersion, "version");
  assert.notEqual(metadata.uid, exported.uid);
});

test("an equal object stays the very same value, however it is written; another one is another version", () => {
  const first = nextVersion(firstVersion(object("1"), identity, "first"), undefined);
  assert.equal(nextVersion(firstVersion(object("1"), identity, "reformatted"), first), first);
  const labelled = nextVersion(firstVersion(object("1", { labels: { a: "b" } }), identity, "labelled"), first);
  const changed = nextVersion(firstVersion(object("2", { labels: { a: "b" } }), identity, "changed"), labelled);
  assert.deepEqual(
    [first, labelled, changed].map(({ metadata: { generation, resourceVersion } }) => [generation, resourceVersion]),
    [
      [1, "first"],
      [1, "labelled"],
      [2, "changed"],
    ],
  );
  const again = nextVersion(firstVersion(object("2", { labels: { a: "b" } }), identity, "again"), changed);
  assert.equal(again, changed, "generations go on from where they are");
});
