import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice, Service } from "./objects.ts";
import { endpointsOf, serviceRules } from "./services.ts";

const port = { name: "http", port: 80 };
const web: Service = {
  metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
  spec: { type: "LoadBalancer", clusterIP: "10.96.0.7", externalIPs: ["172.18.9.1"], ports: [port] },
};

type Endpoints = NonNullable<EndpointSlice["endpoints"]>;

function slice(endpoints: Endpoints, changes: Partial<EndpointSlice> = {}): EndpointSlice {
  const metadata = {
    name: "web-1",
    namespace: "shop",
    uid: "2",
    resourceVersion: "1",
    labels: { "kubernetes.io/service-name": "web" },
  };
  return { metadata, addressType: "IPv4", ports: [{ name: "http", port: 3000, protocol: "TCP" }], endpoints, ...changes };
}

test("endpoints are those that are ready, in order; where none is, those that still serve", () => {
  const ready = { addresses: ["10.244.1.2"], conditions: { ready: true } };
  const unknown = { addresses: ["10.244.1.1"] };
  const ending = { addresses: ["10.244.1.0"], conditions: { ready: false, serving: true, terminating: true } };
  const starting = { addresses: ["10.244.1.9"], conditions: { ready: false, serving: false } };
  assert.deepEqual(endpointsOf(port, [slice([ready, unknown, ending, starting])]), ["10.244.1.1:3000", "10.244.1.2:3000"]);
  assert.deepEqual(endpointsOf(port, [slice([ending, starting])]), ["10.244.1.0:3000"]);
});

test("ports are matched by name and protocol, and only IPv4 counts", () => {
  const endpoints = [{ addresses: ["10.244.1.1"] }];
  assert.deepEqual(endpointsOf({ ...port, protocol: "UDP" }, [slice(endpoints)]), []);
  assert.deepEqual(endpointsOf({ port: 80 }, [slice(endpoints)]), []);
  assert.deepEqual(endpointsOf(port, [slice(endpoints, { addressType: "IPv6" })]), []);
});

test("all addresses of a Service lead to its endpoints", () => {
  const rules = serviceRules(
    [web],
    [slice([{ addresses: ["10.244.1.1"] }, { addresses: ["10.244.1.2"] }])],
    new Map([["1", "172.18.1.1"]]),
  );
  assert.match(rules, /ip daddr \{ 10\.96\.0\.7, 172\.18\.9\.1, 172\.18\.1\.1 \} tcp dport 80 goto (service\d+);/);
  assert.match(rules, /numgen random mod 2 vmap/);
  for (const address of ["10.244.1.1:3000", "10.244.1.2:3000"]) assert.match(rules, new RegExp(`dnat to ${address}`));
});

test("a Service without endpoints, or a headless one, has no rules", () => {
  const headless = { ...web, spec: { clusterIP: "None", ports: [port] } };
  const some = slice([{ addresses: ["10.244.1.1"] }]);
  assert.doesNotMatch(serviceRules([web], [], new Map()), /dnat to/);
  assert.doesNotMatch(serviceRules([headless], [some], new Map()), /dnat to/);
});
