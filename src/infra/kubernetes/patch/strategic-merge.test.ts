import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { patchObject } from "./patch-object.ts";
import { strategicMerge } from "./strategic-merge.ts";

function pod(spec: object) {
  return { kind: "Deployment", spec: { template: { spec } } };
}

function merged(target: object, patch: object): unknown {
  const outcome = strategicMerge(pod(target), { spec: { template: { spec: patch } } });
  assert.ok(typeof outcome !== "string", String(outcome));
  return (outcome as ReturnType<typeof pod>).spec.template.spec;
}

const containers = [
  { name: "envoy", image: "a", env: [{ name: "A", value: "1" }] },
  { name: "shutdown-manager", image: "b" },
];

describe("a strategic merge patch", () => {
  it("merges lists of objects by the member that tells them apart", () => {
    const patch = { containers: [{ name: "envoy", env: [{ name: "B", value: "2" }] }] };
    const [envoy, other] = (merged({ containers }, patch) as { containers: typeof containers }).containers;
    assert.deepEqual(envoy, {
      name: "envoy",
      image: "a",
      env: [
        { name: "B", value: "2" },
        { name: "A", value: "1" },
      ],
    });
    assert.deepEqual(other, containers[1]);
  });

  it("orders items of the patch as there, the others as they were, and new ones before what they are not ordered with", () => {
    const names = (patch: readonly string[]) => {
      const outcome = merged({ containers }, { containers: patch.map((name) => ({ name })) });
      return (outcome as { containers: typeof containers }).containers.map(({ name }) => name);
    };
    assert.deepEqual(names(["sidecar"]), ["sidecar", "envoy", "shutdown-manager"]);
    assert.deepEqual(names(["envoy", "sidecar"]), ["envoy", "sidecar", "shutdown-manager"]);
    assert.deepEqual(names(["shutdown-manager", "sidecar"]), ["envoy", "shutdown-manager", "sidecar"]);
  });

  it("replaces other lists, and removes what is null", () => {
    const target = { containers: [{ name: "envoy", args: ["a", "b"], image: "x" }], tolerations: [{ key: "a" }] };
    const patch = { containers: [{ name: "envoy", args: ["c"], image: null }], tolerations: [{ key: "b" }] };
    assert.deepEqual(merged(target, patch), { containers: [{ name: "envoy", args: ["c"] }], tolerations: [{ key: "b" }] });
  });

  it("heeds directives", () => {
    const removed = merged({ containers }, { containers: [{ name: "shutdown-manager", $patch: "delete" }] });
    assert.deepEqual(removed, { containers: [containers[0]] });
    const replaced = merged({ containers }, { containers: [{ $patch: "replace" }, { name: "x" }] });
    assert.deepEqual(replaced, { containers: [{ name: "x" }] });
    assert.deepEqual(merged({ affinity: { a: 1 } }, { affinity: { $patch: "replace", b: 2 } }), { affinity: { b: 2 } });
    const metadata = { finalizers: ["a", "b"] };
    const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } };
    assert.deepEqual(strategicMerge({ kind: "Service", metadata }, patch), { kind: "Service", metadata: { finalizers: ["b"] } });
    const values = strategicMerge({ kind: "Service", metadata }, { metadata: { finalizers: ["c", "a"] } });
    assert.deepEqual(values, { kind: "Service", metadata: { finalizers: ["c", "a", "b"] } });
  });

  it("gives a volume one source", () => {
    const volumes = [{ name: "certs", secret: { secretName: "envoy" } }];
    const outcome = merged({ volumes }, { volumes: [{ name: "certs", emptyDir: {} }] });
    assert.deepEqual(outcome, { volumes: [{ name: "certs", emptyDir: {} }] });
    const kept = merged({ volumes }, { volumes: [{ name: "certs", secret: { optional: true } }] });
    assert.deepEqual(kept, { volumes: [{ name: "certs", secret: { secretName: "envoy", optional: true } }] });
  });

  it("is refused where an item cannot be found or a directive is not known", () => {
    const place = { kind: "Deployment", spec: { template: { spec: { containers } } } };
    const patch = (spec: object) => strategicMerge(place, { spec: { template: { spec } } });
    assert.equal(
      patch({ containers: [{ image: "x" }] }),
      "spec.template.spec.containers: an item has no name, by which it could be found",
    );
    assert.match(String(patch({ affinity: { $patch: "remove" } })), /\$patch remove is not known/);
  });
});

describe("a patch of a generated object", () => {
  const labels = { "gateway.envoyproxy.io/owning-gateway-name": "eg", other: "x" };
  const object = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a", namespace: "b", labels },
    spec: { ports: [{ port: 80, name: "http" }] },
  };

  it("merges by type", () => {
    const value = { spec: { ports: [{ port: 81 }] } };
    const ports = (type?: string) => {
      const outcome = patchObject(object, { type, value });
      return "object" in outcome ? (outcome.object.spec as { ports: unknown }).ports : outcome.mistake;
    };
    assert.deepEqual(ports(), [{ port: 81 }, { port: 80, name: "http" }]);
    assert.deepEqual(ports("StrategicMerge"), ports());
    assert.deepEqual(ports("JSONMerge"), [{ port: 81 }]);
    assert.match(String(ports("Other")), /type Other is not known/);
  });

  it("cannot make another object of it", () => {
    const mistake = (value: unknown) => {
      const outcome = patchObject(object, { value });
      return "mistake" in outcome ? outcome.mistake : undefined;
    };
    assert.match(mistake({ kind: "Pod" }) ?? "", /kind and apiVersion must stay/);
    assert.match(mistake({ metadata: { name: "c" } }) ?? "", /metadata\.name and metadata\.namespace must stay/);
    assert.match(mistake("text") ?? "", /not an object/);
    const outcome = patchObject(object, { type: "JSONMerge", value: { metadata: { labels: null } } });
    assert.ok("object" in outcome);
    assert.deepEqual(outcome.object.metadata.labels, { "gateway.envoyproxy.io/owning-gateway-name": "eg" });
  });
});
