import assert from "node:assert/strict";
import { test } from "node:test";
import {
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  importedSlice,
  importRef,
  listener,
  referenceGrant,
  rule,
  service,
  serviceImport,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { HTTPBackendRef } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";

/** A route of namespace `app` to a backend, a ServiceImport and a Service of the same name, and what else there is. */
function reach(reference: HTTPBackendRef, ...objects: readonly KubeObject[]) {
  return translate([
    gatewayClass("eg", "infra/proxies"),
    envoyProxy("infra/proxies"),
    gateway("infra/gw", [listener("http")]),
    serviceImport("app/s"),
    importedSlice("app/s", ["10.2.0.1"]),
    service("app/s"),
    endpointSlice("app/s", ["10.1.0.1"]),
    httpRoute("app/r", [rule([reference])]),
    ...objects,
  ]);
}

const addresses = ({ backendEndpoints }: ReturnType<typeof reach>) =>
  [...backendEndpoints.values()].flatMap(({ endpoints }) => endpoints.map(({ address, port }) => `${address}:${port}`));
const refusal = (reason: string) => ["Accepted=True/Accepted", `ResolvedRefs=False/${reason}`];

test("a ServiceImport's endpoints are those of its own slices, not of the Service of that name", () => {
  const translation = reach(importRef("s"));
  assert.deepEqual(addresses(translation), ["10.2.0.1:8080"]);
  const [destination] = translation.destinations.values();
  assert.deepEqual(destination?.settings[0]?.source, {
    kind: "ServiceImport",
    namespace: "app",
    name: "s",
    sectionName: "8080",
  });
  translation.apply(importedSlice("app/s", ["10.2.0.1", "10.2.0.2"]));
  assert.deepEqual(addresses(translation), ["10.2.0.1:8080", "10.2.0.2:8080"]);
});

test("with routing by Service, requests go to all its own addresses, or to the endpoints of a headless one", () => {
  const routed = envoyProxy("infra/proxies", { routingType: "Service" });
  const ips = ["10.0.1.1", "fd00::1"];
  assert.deepEqual(addresses(reach(importRef("s"), routed, serviceImport("app/s", { ips }))), ["10.0.1.1:8080", "fd00::1:8080"]);
  const headless = serviceImport("app/s", { type: "Headless", ips: [] });
  assert.deepEqual(addresses(reach(importRef("s"), routed, headless)), ["10.2.0.1:8080"]);
});

test("the protocol is that of the port", () => {
  const h2c = serviceImport("app/s", { ports: [{ name: "http", port: 8080, appProtocol: "kubernetes.io/h2c" }] });
  const [destination] = reach(importRef("s"), h2c).destinations.values();
  assert.equal(destination?.settings[0]?.protocol, "HTTP2");
});

test("what is wrong with a reference is told", () => {
  const { port: _port, ...portless } = importRef("s");
  const cases: readonly (readonly [HTTPBackendRef, string])[] = [
    [importRef("none"), "BackendNotFound"],
    [importRef("s", { port: 81 }), "PortNotFound"],
    [portless, "PortNotSpecified"],
    [importRef("s", { group: "" }), "InvalidKind"],
    [importRef("s", { namespace: "far" }), "RefNotPermitted"],
  ];
  for (const [reference, reason] of cases) {
    assert.deepEqual(reach(reference).routeConditions("app/r"), refusal(reason), reason);
  }
});

test("a ServiceImport of another namespace needs a grant for its kind", () => {
  const far = [serviceImport("far/s"), importedSlice("far/s", ["10.3.0.1"])];
  const reference = importRef("s", { namespace: "far" });
  const forServices = reach(reference, ...far, referenceGrant("far", "app"));
  assert.deepEqual(forServices.routeConditions("app/r"), refusal("RefNotPermitted"));
  const group = "multicluster.x-k8s.io";
  const granted = reach(reference, ...far, referenceGrant("far", "app", [{ group, kind: "ServiceImport" }]));
  assert.deepEqual(addresses(granted), ["10.3.0.1:8080"]);
});
