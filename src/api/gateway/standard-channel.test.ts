import assert from "node:assert/strict";
import { test } from "node:test";
import { backend } from "../envoy/backend.ts";
import { admitAs } from "../schema/admit.ts";
import { customResourceDefinition } from "../schema/crd.ts";
import type { Kind } from "../schema/kind.ts";
import { gateway } from "./gateway.ts";
import { httpRoute } from "./http-route.ts";
import { inStandardChannel } from "./standard-channel.ts";
import { tcpRoute } from "./tcp-route.ts";

const standard = (kind: Kind) => customResourceDefinition(inStandardChannel(kind));

test("the standard channel has no experimental fields, words or rules about them", () => {
  for (const kind of [httpRoute, gateway] as const) {
    const text = JSON.stringify(standard(kind));
    assert.doesNotMatch(text, /sessionPersistence|externalAuth|ExternalAuth|"retry"|useDefaultGateways|defaultScope/);
    assert.match(JSON.stringify(customResourceDefinition(kind)), /useDefaultGateways|defaultScope/);
  }
  assert.equal(standard(httpRoute).metadata.annotations["gateway.networking.k8s.io/channel"], "standard");
});

test("alpha versions are kept there and not served", () => {
  const served = standard(tcpRoute).spec.versions.map((version) => [version.name, version.served]);
  assert.deepEqual(served, [
    ["v1", true],
    ["v1alpha2", false],
  ]);
});

test("parents are told apart by sections there, not by ports", () => {
  const parentRefs = [80, 81].map((port) => ({ name: "eg", port }));
  const route = { apiVersion: "gateway.networking.k8s.io/v1", kind: "TCPRoute", metadata: { name: "a", namespace: "b" } };
  const spec = { parentRefs, rules: [{ backendRefs: [{ name: "c", port: 1 }] }] };
  const problemsOf = (kind: Kind) => {
    const outcome = admitAs(kind, { ...route, spec });
    return "problems" in outcome ? outcome.problems.map(({ detail }) => detail) : [];
  };
  assert.deepEqual(problemsOf(tcpRoute), []);
  assert.match(problemsOf(inStandardChannel(tcpRoute)).join(), /sectionName must be unique/);
});

test("other kinds have no channels", () => {
  assert.equal(inStandardChannel(backend), backend);
});
