import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../../api/kinds.ts";
import { nextVersion, unknownCreation } from "./object-version.ts";

const identity = { kind: "ConfigMap", key: "default/a" } as const;
const object = (value: string, metadata: object = {}): ApiObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "default", ...metadata },
  data: { value },
});

test("what an API server would add is the same in every run", () => {
  const { metadata } = nextVersion(identity, object("1"), undefined).object;
  assert.equal(metadata.creationTimestamp, unknownCreation);
  assert.equal(metadata.generation, 1);
  assert.match(metadata.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(nextVersion(identity, object("1"), undefined).object.metadata, metadata);
  assert.notEqual(nextVersion({ ...identity, key: "default/b" }, object("1"), undefined).object.metadata.uid, metadata.uid);
});

test("what the file says about creation is kept, what it says about versions is not", () => {
  const exported = { creationTimestamp: "2026-01-01T00:00:00Z", generation: 7, resourceVersion: "12345", uid: "from-a-cluster" };
  const { metadata } = nextVersion(identity, object("1", exported), undefined).object;
  assert.equal(metadata.creationTimestamp, exported.creationTimestamp);
  assert.equal(metadata.generation, 1);
  assert.notEqual(metadata.resourceVersion, exported.resourceVersion);
  assert.notEqual(metadata.uid, exported.uid);
});

test("an equal object stays the very same value; another one is another version", () => {
  const first = nextVersion(identity, object("1"), undefined);
  const same = nextVersion(identity, object("1"), first);
  assert.equal(same.object, first.object);
  const labelled = nextVersion(identity, object("1", { labels: { a: "b" } }), same);
  const changed = nextVersion(identity, object("2", { labels: { a: "b" } }), labelled);
  const versions = [first, labelled, changed].map(({ object: { metadata } }) => metadata);
  assert.deepEqual(
    versions.map(({ generation }) => generation),
    [1, 1, 2],
  );
  assert.equal(new Set(versions.map(({ resourceVersion }) => resourceVersion)).size, 3);
});
