import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backend,
  backendObjectRef,
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
import type { EndpointSlice } from "../api/core/endpoint-slice.ts";

const infra = [gatewayClass(), gateway("infra/gw", [listener("http")])];
const key = "Service/app/s/8080";

function endpointsOf(...slices: readonly EndpointSlice[]) {
  const translation = translate([...infra, service("app/s"), ...slices, httpRoute("app/r", [rule([backendRef("s")])])]);
  return translation.backendEndpoints.get(key)?.endpoints;
}

function named(slice: EndpointSlice, name: string): EndpointSlice {
  return { ...slice, metadata: { ...slice.metadata, name } };
}

test("pods that are ready serve, terminating ones that still serve are drained, others are left out", () => {
  const conditions = [
    { ready: true },
    { ready: false },
    {},
    { ready: false, serving: true, terminating: true },
    { ready: false, serving: false, terminating: true },
    { ready: true, serving: true, terminating: false },
  ];
  const endpoints = conditions.map((condition, i) => ({ addresses: [`10.1.0.${i}`], conditions: condition, zone: "z" }));
  assert.deepEqual(endpointsOf(endpointSlice("app/s", [], { endpoints })), [
    { address: "10.1.0.0", port: 8080, zone: "z" },
    { address: "10.1.0.2", port: 8080, zone: "z" },
    { address: "10.1.0.3", port: 8080, zone: "z", draining: true },
    { address: "10.1.0.5", port: 8080, zone: "z" },
  ]);
});

test("only the Service's port counts, with the number that the slice gives it", () => {
  const ports = [
    { name: "http", port: 9090, protocol: "TCP" },
    { name: "http", port: 9091, protocol: "UDP" },
    { name: "other", port: 9092, protocol: "TCP" },
  ] as const;
  assert.deepEqual(endpointsOf(endpointSlice("app/s", ["10.1.0.1"], { ports })), [{ address: "10.1.0.1", port: 9090 }]);
});

test("all slices of a Service count, and an address in two of them once, as ready", () => {
  const draining = { addresses: ["10.1.0.1"], conditions: { serving: true, terminating: true } };
  const slices = [
    named(endpointSlice("app/s", [], { endpoints: [draining] }), "s-1"),
    named(endpointSlice("app/s", ["10.1.0.1", "10.1.0.2"]), "s-2"),
  ];
  assert.deepEqual(endpointsOf(...slices), [
    { address: "10.1.0.1", port: 8080 },
    { address: "10.1.0.2", port: 8080 },
  ]);
});

test("the endpoints of both IP families of a Service count", () => {
  const slices = [
    named(endpointSlice("app/s", ["10.1.0.1"]), "s-4"),
    named(endpointSlice("app/s", ["fd00::1"], { addressType: "IPv6" }), "s-6"),
  ];
  assert.deepEqual(endpointsOf(...slices), [
    { address: "10.1.0.1", port: 8080 },
    { address: "fd00::1", port: 8080 },
  ]);
});

test("endpoints are kept only for backends that a route of ours names", () => {
  const route = httpRoute("app/r", [rule([backendRef("s")])]);
  const translation = translate([...infra, service("app/s"), service("app/idle"), endpointSlice("app/s", ["10.1.0.1"])]);
  assert.equal(translation.backendEndpoints.size, 0);
  translation.apply(route);
  assert.deepEqual([...translation.backendEndpoints.keys()], [key]);
  translation.remove(route);
  assert.equal(translation.backendEndpoints.size, 0);
});

test("a Backend's endpoints keep host name and zone; names are left to Envoy to resolve", () => {
  const objects = [
    backend("app/ip", [{ ip: { address: "10.0.0.1", port: 80 }, hostname: "a.com", zone: "z" }]),
    backend("app/name", [{ fqdn: { hostname: "b.com", port: 443 } }], { fallback: true }),
  ];
  const rules = [rule([backendObjectRef("ip")]), rule([backendObjectRef("name")])];
  const translation = translate([...infra, ...objects, httpRoute("app/r", rules)]);
  assert.deepEqual(translation.backendEndpoints.get("Backend/app/ip")?.endpoints, [
    { address: "10.0.0.1", port: 80, hostname: "a.com", zone: "z" },
  ]);
  const destinations = [...translation.destinations.values()];
  assert.deepEqual(destinations.map(({ dns, settings: [setting] }) => [setting?.backend, dns, setting?.priority]).sort(), [
    ["Backend/app/ip", false, 0],
    ["Backend/app/name", true, 1],
  ]);
});
