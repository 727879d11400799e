import assert from "node:assert/strict";
import { test } from "node:test";
import { createGraph } from "../../graph/index.ts";
import type { SyncReport } from "../../ir/infra.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import { resourceKey } from "./checked.ts";
import { deriveRefusedResources } from "./refused-resources.ts";

const scope = "default/eg";
const route: ObjectRef = { kind: "HTTPRoute", namespace: "default", name: "app" };
const listener: ObjectRef = { kind: "Gateway", namespace: "default", name: "eg", sectionName: "https" };

function resource(type: XdsType, name: string, sources: readonly ObjectRef[]): XdsResource {
  return { scope, type, name, sources, chunks: [], version: "1", references: [], warmUpMs: 0 };
}

test("a resource that proxies refuse is a problem of what it was made from, until they take it", () => {
  const graph = createGraph();
  const reports = graph.source<SyncReport>("reports");
  const resources = graph.source<XdsResource>("resources");
  const problems = deriveRefusedResources(graph, reports, resources);
  const rejected = (type: XdsType, name: string) => ({ typeUrl: typeUrls[type], resources: [name], message: "no good" });
  graph.batch(() => {
    for (const each of [
      resource("Cluster", "c", [route]),
      resource("Listener", "l", [listener]),
      resource("RouteConfiguration", "r", [listener, route]),
    ]) {
      resources.set(resourceKey(each), each);
    }
    const rejections = [
      rejected("Cluster", "c"),
      rejected("Listener", "l"),
      rejected("RouteConfiguration", "r"),
      rejected("Secret", "s"),
    ];
    reports.set(scope, { scope, connected: 1, synced: false, serving: true, rejections });
  });
  assert.deepEqual(
    [...problems.values()].map(({ object, reason, message }) => [object.name, object.sectionName, reason, message]),
    [
      ["eg", "https", "Invalid", "Envoy refused the Listener l and goes on with what it had: no good"],
      ["app", undefined, "UnsupportedValue", "Envoy refused the Cluster c and goes on with what it had: no good"],
    ],
  );
  reports.set(scope, { scope, connected: 1, synced: true, serving: true, rejections: [] });
  assert.equal(problems.size, 0);
});

test("an address that cannot be bound is told by the listeners that have it, not by routes that bring filters to them", () => {
  const graph = createGraph();
  const reports = graph.source<SyncReport>("reports");
  const resources = graph.source<XdsResource>("resources");
  const problems = deriveRefusedResources(graph, reports, resources);
  const own: ObjectRef = { kind: "ListenerSet", namespace: "default", name: "more", sectionName: "http" };
  const message = "cannot bind '0.0.0.0:80': Address already in use";
  graph.batch(() => {
    const port = resource("Listener", "tcp-80", [listener, own, route]);
    resources.set(resourceKey(port), port);
    const rejections = [{ typeUrl: typeUrls.Listener, resources: ["tcp-80"], message, unbound: true as const }];
    reports.set(scope, { scope, connected: 1, synced: false, serving: false, rejections });
  });
  const told = `Envoy tries again until it can listen: ${message}`;
  assert.deepEqual(
    [...problems.values()].map(({ object, reason, message }) => [object.name, object.sectionName, reason, message]),
    [
      ["eg", "https", "Pending", told],
      ["more", "http", "Pending", told],
    ],
  );
});
