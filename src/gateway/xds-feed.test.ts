import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpoints, scope } from "../../test/xds/resources.ts";
import { createGraph } from "../graph/index.ts";
import { silentLogger } from "../log/logger.ts";
import type { XdsResource } from "../xds/resource.ts";
import { createXdsStore } from "../xds/server/store.ts";
import { feedXdsStore } from "./xds-feed.ts";

const type = "ClusterLoadAssignment";
const keyOf = (name: string) => `${scope}|${type}|${name}`;

function feeding() {
  const graph = createGraph();
  const resources = graph.source<XdsResource>("resources");
  const store = createXdsStore();
  const versions: string[][] = [];
  const targets = { store, log: silentLogger, onVersion: (scopes: ReadonlySet<string>) => void versions.push([...scopes]) };
  const stored = () =>
    Object.fromEntries(Array.from(store.scope(scope).all(type).values(), ({ name, version }) => [name, version]));
  return { graph, resources, store, versions, stored, feed: () => feedXdsStore(graph, resources, targets) };
}

describe("the feed of the store", () => {
  it("fills it, and makes each batch one version of it", async () => {
    const { graph, resources, store, versions, stored, feed } = feeding();
    graph.batch(() => {
      for (const name of ["a", "b"]) resources.set(keyOf(name), endpoints(name));
    });
    const end = await feed();
    assert.deepEqual(stored(), { a: "1", b: "1" });
    const { version } = store.scope(scope);
    graph.batch(() => {
      resources.set(keyOf("a"), endpoints("a", "2"));
      resources.delete(keyOf("b"));
      resources.set(keyOf("c"), endpoints("c"));
    });
    assert.deepEqual(stored(), { a: "2", c: "1" });
    assert.equal(store.scope(scope).version, version + 1);
    assert.deepEqual(versions, [[scope], [scope]]);
    end();
    resources.delete(keyOf("a"));
    assert.deepEqual(stored(), { a: "2", c: "1" });
  });

  it("keeps up with what changes while it is filled", async () => {
    const { graph, resources, stored, feed } = feeding();
    const names = Array.from({ length: 20_000 }, (_, at) => `e${at}`);
    graph.batch(() => {
      for (const name of names) resources.set(keyOf(name), endpoints(name));
    });
    const filled = feed();
    const [first = ""] = resources.keys();
    const last = [...resources.keys()].at(-1) ?? "";
    graph.batch(() => {
      resources.delete(first);
      resources.delete(last);
      resources.set(keyOf("new"), endpoints("new"));
      resources.set(keyOf("e7"), endpoints("e7", "2"));
    });
    await filled;
    const expected = Array.from(resources.values(), ({ name, version }) => [name, version]);
    assert.deepEqual(Object.entries(stored()).sort(), expected.sort());
  });

  it("is told of resources by their keys, which may hold bars", async () => {
    const { resources, stored, feed } = feeding();
    resources.set(keyOf("a|b"), endpoints("a|b"));
    await feed();
    assert.deepEqual(stored(), { "a|b": "1" });
    resources.delete(keyOf("a|b"));
    assert.deepEqual(stored(), {});
  });
});
