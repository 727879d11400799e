import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { messageType } from "../../../test/xds/messages.ts";
import { drop, edsCluster, put, resource, routes, scope } from "../../../test/xds/resources.ts";
import { typeUrls } from "../resource.ts";
import { deltaResponseParts, sotwResponseParts } from "./discovery-response.ts";
import { type ChangedNames, createXdsStore } from "./store.ts";

function named(changes: ChangedNames): Record<string, string[]> {
  return Object.fromEntries(Array.from(changes, ([type, names]) => [type, [...names].sort()]));
}

describe("xDS store", () => {
  it("publishes one change for all resources of an apply, after all of them are there", () => {
    const store = createXdsStore();
    const seen: unknown[] = [];
    store.scope(scope).subscribe((changes) => {
      seen.push(named(changes));
      assert.ok(store.scope(scope).get("Cluster", "a") && store.scope(scope).get("RouteConfiguration", "r"));
    });
    store.apply([put(edsCluster("a")), put(routes("r", "1", ["a"])), { ...put(edsCluster("x")), scope: "other" }]);
    assert.deepEqual(seen, [{ Cluster: ["a"], RouteConfiguration: ["r"] }]);
  });

  it("is silent when versions are the same", () => {
    const store = createXdsStore();
    store.apply([put(edsCluster("a"))]);
    const { version } = store.scope(scope);
    store.scope(scope).subscribe(() => assert.fail("nothing changed"));
    store.apply([put(edsCluster("a")), drop("Cluster", "nobody")]);
    assert.equal(store.scope(scope).version, version);
  });

  it("forgets what is removed", () => {
    const store = createXdsStore();
    store.apply([put(edsCluster("a")), put(edsCluster("b"))]);
    store.apply([drop("Cluster", "a")]);
    assert.deepEqual([...store.scope(scope).all("Cluster").keys()], ["b"]);
  });

  it("goes on publishing to those who listened when the scope was empty", () => {
    const store = createXdsStore();
    const early = store.scope(scope);
    let calls = 0;
    const stop = early.subscribe(() => calls++);
    store.apply([put(edsCluster("a"))]);
    store.apply([drop("Cluster", "a")]);
    store.apply([put(edsCluster("b"))]);
    assert.equal(calls, 3);
    stop();
    store.apply([drop("Cluster", "b")]);
    assert.equal(calls, 3);
  });

  for (const size of [70, 70_000]) {
    it(`keeps wire slices of ${size} bytes that both variants share and protobuf-es reads`, () => {
      const { stored, any, bytes } = storedSecret(size);
      assert.equal(stored.slices, stored.slices, "made once");
      const memory = new Set(stored.slices.delta.map(({ buffer }) => buffer));
      const shared = stored.slices.any.filter(({ buffer }) => memory.has(buffer));
      assert.ok(
        shared.some(({ length }) => length >= size),
        "one memory for both",
      );
      assert.equal(stored.slices.delta.includes(bytes), size > 16 * 1024, "only small resources are copied");
      const delta = decode("DeltaDiscoveryResponse", deltaResponseParts("Secret", [stored.slices.delta], ["gone"], "7", "n"));
      assert.partialDeepStrictEqual(delta, {
        systemVersionInfo: "7",
        typeUrl: typeUrls.Secret,
        nonce: "n",
        removedResources: ["gone"],
      });
      assert.partialDeepStrictEqual(delta.resources, [{ name: "s", version: "v1", resource: any }]);
      const sotw = decode("DiscoveryResponse", sotwResponseParts("Secret", [stored.slices.any], "7", "n"));
      assert.partialDeepStrictEqual(sotw, { versionInfo: "7", typeUrl: typeUrls.Secret, nonce: "n", resources: [any] });
    });
  }
});

function storedSecret(size: number) {
  const bytes = Buffer.alloc(size, 5);
  const store = createXdsStore();
  store.apply([put({ ...resource("Secret", "s", "v1"), bytes })]);
  const stored = store.scope(scope).get("Secret", "s");
  assert.ok(stored);
  const any = { $typeName: "google.protobuf.Any", typeUrl: typeUrls.Secret, value: new Uint8Array(bytes) };
  return { stored, any, bytes };
}

function decode(name: string, parts: readonly Uint8Array[]): Message & Record<string, unknown> {
  return { ...fromBinary(messageType(`envoy.service.discovery.v3.${name}`), Buffer.concat(parts)) };
}
