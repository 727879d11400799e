import assert from "node:assert/strict";
import { test } from "node:test";
import { service } from "../../test/builders/objects.ts";
import { objectKey, refOf, statusKey } from "./object-ref.ts";
import { sameVersion } from "./objects.ts";

test("objects of an API server are the same when uid and resourceVersion are, others when their content is", () => {
  const plain = service("ns/a");
  const stored = (uid: string, resourceVersion: string, clusterIP: string) => {
    const object = service("ns/a", { clusterIP });
    return { ...object, metadata: { ...object.metadata, uid, resourceVersion } };
  };
  assert.ok(sameVersion(stored("u", "1", "10.0.0.1"), stored("u", "1", "10.0.0.2")));
  assert.ok(!sameVersion(stored("u", "1", "10.0.0.1"), stored("u", "2", "10.0.0.1")));
  assert.ok(!sameVersion(stored("u", "1", "10.0.0.1"), stored("v", "1", "10.0.0.1")));
  assert.ok(!sameVersion(stored("u", "1", "10.0.0.1"), plain));
  assert.ok(sameVersion(plain, service("ns/a")));
  assert.ok(!sameVersion(plain, service("ns/a", { clusterIP: "10.0.0.2" })));
});

test("a reference bears only our annotations, without their prefix", () => {
  const object = service("ns/a");
  const annotations = { "gateway.envoyproxy.io/b": "2", "gateway.envoyproxy.io/a": "1", other: "3" };
  const annotated = { ...object, metadata: { ...object.metadata, annotations } };
  assert.deepEqual(refOf(annotated, "http"), {
    kind: "Service",
    namespace: "ns",
    name: "a",
    sectionName: "http",
    annotations: { a: "1", b: "2" },
  });
  assert.deepEqual(refOf(object), { kind: "Service", namespace: "ns", name: "a" });
});

test("keys have the namespace of namespaced objects only, those of statuses always", () => {
  assert.equal(objectKey({ namespace: "ns", name: "a" }), "ns/a");
  assert.equal(objectKey({ name: "a" }), "a");
  assert.equal(statusKey({ kind: "GatewayClass", namespace: "", name: "a" }), "GatewayClass//a");
});
