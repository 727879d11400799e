import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drop, edsCluster, put, routes, scope } from "../../../test/xds/resources.ts";
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
});
