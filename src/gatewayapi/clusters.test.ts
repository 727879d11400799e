import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { HTTPRouteRule } from "../api/gateway/http-route.ts";

const objects = [
  gatewayClass(),
  gateway("infra/gw", [listener("http")]),
  ...["a", "b", "c"].flatMap((name) => [service(`app/${name}`), endpointSlice(`app/${name}`, ["10.1.0.1"])]),
];

/** The clusters of each rule, and all destinations. */
function clustersOf(rules: readonly HTTPRouteRule[]) {
  const translation = translate([...objects, httpRoute("app/r", rules)]);
  const ofRules = rules.map((_, index) => {
    const action = translation.rules.get(`httproute/app/r/${index}`)?.action;
    if (action?.type !== "forward") return [];
    const { backends } = action;
    return backends.type === "single" ? [backends.cluster] : backends.clusters.map(({ cluster }) => cluster);
  });
  return { ofRules, destinations: [...translation.destinations.values()] };
}

test("rules that reach the same share a cluster, whatever their position and the order of their backends", () => {
  const { ofRules, destinations } = clustersOf([
    rule([backendRef("a"), backendRef("b")]),
    rule([backendRef("c")]),
    rule([backendRef("b"), backendRef("a")]),
  ]);
  assert.deepEqual(ofRules[0], ofRules[2]);
  assert.notDeepEqual(ofRules[0], ofRules[1]);
  assert.equal(destinations.length, 2);
});

test("a cluster's name says nothing about weights, unless two rules differ in nothing else", () => {
  const weighted = (a: number, b: number) => rule([backendRef("a", { weight: a }), backendRef("b", { weight: b })]);
  const [alone] = clustersOf([weighted(1, 1)]).ofRules;
  assert.deepEqual(clustersOf([weighted(1, 9)]).ofRules[0], alone);
  const { ofRules, destinations } = clustersOf([weighted(1, 1), weighted(1, 9)]);
  assert.notDeepEqual(ofRules[0], ofRules[1]);
  assert.ok(!ofRules.flat().includes(alone?.[0]));
  assert.deepEqual(destinations.map(({ settings }) => settings.map(({ weight }) => weight)).sort(), [
    [1, 1],
    [1, 9],
  ]);
});

test("the cluster of one backend is the same whether it stands alone or in a split", () => {
  const filtered = backendRef("a", { weight: 9, filters: [{ type: "URLRewrite", urlRewrite: { hostname: "b.com" } }] });
  const { ofRules, destinations } = clustersOf([rule([backendRef("a")]), rule([filtered, backendRef("b")])]);
  assert.equal(ofRules[1]?.length, 2);
  assert.equal(ofRules[1]?.[0], ofRules[0]?.[0]);
  assert.equal(destinations.length, 2);
});

test("a cluster's name changes with what it reaches and how it is spoken to", () => {
  const name = (changes: Parameters<typeof service>[1]) => {
    const translation = translate([...objects, service("app/a", changes), httpRoute("app/r", [rule([backendRef("a")])])]);
    return [...translation.destinations.values()][0]?.name;
  };
  const port = { name: "http", port: 8080, protocol: "TCP" } as const;
  const names = [
    name({}),
    name({ ports: [{ ...port, appProtocol: "kubernetes.io/h2c" }] }),
    name({ ports: [{ ...port, appProtocol: "kubernetes.io/ws" }] }),
    name({ trafficDistribution: "PreferClose" }),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(name({ selector: { app: "a" } }), names[0]);
});
