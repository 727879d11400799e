import assert from "node:assert/strict";
import { test } from "node:test";
import { issue } from "../../test/builders/certificates.ts";
import {
  backendRef,
  backendTlsPolicy,
  configMap,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  namespace,
  parent,
  prefix,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { KubeObject } from "../api/schema/metadata.ts";

const routes = 1000;

function route(i: number, path = `/${i}`) {
  return httpRoute(`app/r${i}`, [rule([backendRef(`s${i}`)], { matches: [prefix(path)] })], {
    parentRefs: [parent("infra/gw", { sectionName: "http" })],
    hostnames: [`h${i}.a.com`],
  });
}

const selected = { namespaces: { from: "Selector" as const, selector: { matchLabels: { team: "x" } } } };
const http = listener("http");
const closed = listener("closed", { port: 82, allowedRoutes: selected });

/** 1,000 routes on one listener, and how many computations of which collection an edit runs. */
function counted() {
  const objects: KubeObject[] = [gatewayClass(), gateway("infra/gw", [http, closed]), namespace("app"), namespace("x")];
  for (let i = 0; i < routes; i++) objects.push(service(`app/s${i}`), endpointSlice(`app/s${i}`, ["10.1.0.1"]), route(i));
  const chosen = httpRoute("x/chosen", [rule([])], { parentRefs: [parent("infra/gw", { sectionName: "closed" })] });
  const translation = translate([...objects, chosen]);
  assert.equal(translation.httpRoutes.size, routes);
  const runs = () => new Map(translation.graph.describe().nodes.map((node) => [node.name, node.runs]));
  const count = (...edited: readonly KubeObject[]): Record<string, number> => {
    const before = runs();
    translation.apply(...edited);
    const ran = [...runs()].map(([name, after]) => [name, after - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(ran.filter(([, times]) => times > 0));
  };
  return { translation, count };
}

test("an endpoint's coming concerns its backend alone", () => {
  const { count } = counted();
  assert.deepEqual(count(endpointSlice("app/s7", ["10.1.0.1", "10.1.0.2"])), { "backend endpoints": 1, addressing: 1 });
});

test("the last endpoint's going concerns the rules that use the backend, once", () => {
  const { count } = counted();
  const ran = count(endpointSlice("app/s7", []));
  assert.equal(ran["rules of HTTPRoutes"], 1);
  assert.equal(ran["http routes"], 1);
  assert.ok(
    Object.values(ran).every((times) => times === 1),
    JSON.stringify(ran),
  );
});

test("a route's edit costs the same however many routes there are", () => {
  const { count } = counted();
  assert.deepEqual(count(route(7, "/other")), {
    "ancestors by HTTPRoute": 1,
    "backends of HTTPRoutes": 1,
    "rules of HTTPRoutes": 1,
    "parents of HTTPRoutes": 1,
    rules: 1,
    "http routes": 1,
    overlaps: 1,
    "route destinations": 1,
    "status of routes": 1,
  });
});

test("a route's coming and going costs the same however many routes there are", () => {
  const { translation, count } = counted();
  const added = route(routes);
  const ran = count(added);
  assert.ok(
    Object.values(ran).every((times) => times === 1),
    JSON.stringify(ran),
  );
  assert.equal(translation.gatewayStatus("infra/gw").listeners[0]?.attachedRoutes, routes + 1);
  translation.remove(added);
  assert.equal(translation.gatewayStatus("infra/gw").listeners[0]?.attachedRoutes, routes);
});

test("a listener's coming, or a change of one, runs no rules and no routes of others", () => {
  const { count } = counted();
  for (const listeners of [
    [http, closed, listener("new", { hostname: "*.b.com" })],
    [http, closed],
    [http, { ...closed, port: 83 }],
  ]) {
    const ran = count(gateway("infra/gw", listeners));
    assert.equal(ran["rules of HTTPRoutes"], undefined);
    assert.equal(ran["http routes"], undefined);
    assert.ok((ran["parents of HTTPRoutes"] ?? 0) <= 1, JSON.stringify(ran));
  }
});

test("a listener that takes a host away concerns the routes of that host", () => {
  const { translation, count } = counted();
  const ran = count(gateway("infra/gw", [http, closed, listener("one", { hostname: "h7.a.com" })]));
  assert.equal(ran["rules of HTTPRoutes"], undefined);
  assert.equal(ran["parents of HTTPRoutes"], 1);
  assert.equal(translation.httpRoutes.size, routes - 1);
});

test("a namespace's labels concern only what selects by them", () => {
  const { count } = counted();
  assert.deepEqual(count(namespace("app", { team: "y" })), {});
  const ran = count(namespace("x", { team: "x" }));
  assert.equal(ran["parents of HTTPRoutes"], 1);
  assert.equal(ran["rules of HTTPRoutes"], undefined);
});

test("a Service's change concerns the routes that use it, a resync nothing", () => {
  const { count } = counted();
  assert.deepEqual(count(service("app/s7")), {});
  const ran = count(service("app/s7", { selector: { app: "a" } }));
  assert.deepEqual(Object.keys(ran), ["services"]);
  const protocol = count(
    service("app/s7", { ports: [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }] }),
  );
  assert.equal(protocol["rules of HTTPRoutes"], 1);
});

test("a BackendTLSPolicy and its CA certificates concern the routes to its target alone", async () => {
  const { translation, count } = counted();
  const [{ certificate }, renewed] = [await issue(["a.com"]), await issue(["a.com"])];
  translation.apply(configMap("app/ca", { "ca.crt": certificate }));
  const ran = count(backendTlsPolicy("app/p", [{ name: "s7" }]));
  assert.equal(ran["rules of HTTPRoutes"], 1);
  assert.equal(ran["http routes"], 1);
  assert.equal(ran["route destinations"], 1);
  assert.deepEqual(count(configMap("app/ca", { "ca.crt": renewed.certificate })), {
    "trust bundles of policies": 1,
    "trust standings": 1,
    authorities: 1,
  });
  // The status of a policy does not follow the routes that lead to its target, as long as the way there is the same.
  assert.equal(count(route(7, "/other"))["status of backend TLS policies"], undefined);
});
