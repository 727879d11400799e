import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import {
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { described, translate } from "../../test/builders/translation.ts";
import { parametersAnnotation, printParameters } from "../api/envoy/applied-parameters.ts";
import type { EnvoyProxy, EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { AncestorStatusBody, ClassStatusBody, ConditionsBody } from "./status/object-status.ts";

function acceptance(changes: Partial<Gateway["spec"]>, ...objects: readonly KubeObject[]) {
  const translation = translate([gatewayClass(), ...objects, gateway("infra/gw", [listener("http")], changes)]);
  const [accepted] = translation.gatewayStatus("infra/gw").conditions;
  return { translation, accepted: `${accepted?.status}/${accepted?.reason}`, message: accepted?.message ?? "" };
}

const parametersRef = (name: string, kind = "EnvoyProxy") => ({
  infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind, name } },
});

test("Gateways of other controllers' classes are left alone", () => {
  const other = gatewayClass("other");
  const foreign = { ...other, spec: { controllerName: "example.com/other" } };
  const translation = translate([
    foreign,
    gateway("infra/gw", [listener("http")], { gatewayClassName: "other" }),
    httpRoute("app/r", [rule([])]),
  ]);
  assert.equal(translation.statuses.size, 0);
  assert.equal(translation.infra.size, 0);
});

test("an address of an unsupported type is told; what runs goes on, and nothing new is started", () => {
  const { translation, accepted, message } = acceptance({ addresses: [{ type: "NamedAddress", value: "a" }] });
  assert.equal(accepted, "False/UnsupportedAddress");
  assert.match(message, /spec\.addresses\[0\].*use IPAddress or Hostname/);
  assert.equal(translation.httpListeners.size, 1);
  assert.match(translation.infra.get("infra/gw")?.unresolved ?? "", /NamedAddress is not supported/);
});

test("a Gateway that Envoy Gateway refuses keeps its fleet there, without listeners", () => {
  const addresses = [{ type: "NamedAddress", value: "a" }];
  const objects = [gatewayClass(), gateway("infra/gw", [listener("http")], { addresses })];
  const translation = translate(objects, { compatible: true });
  assert.deepEqual(translation.gatewayStatus("infra/gw").listeners, []);
  const { listeners, addresses: given, unprobed } = translation.infra.get("infra/gw") ?? {};
  assert.deepEqual([listeners, given, unprobed], [[], [], true]);
});

test("what is not built refuses the Gateway by the name of the field", () => {
  for (const [field, changes] of [["spec.defaultScope", { defaultScope: "All" }]] as const) {
    const { accepted, message } = acceptance(changes);
    assert.equal(accepted, "False/Invalid");
    assert.match(message, new RegExp(`^${field}`));
  }
});

test("missing parameters are told; what runs is kept, and infrastructure is not to expose anything new", () => {
  const { translation, accepted } = acceptance(parametersRef("none"));
  assert.equal(accepted, "False/InvalidParameters");
  assert.equal(translation.httpListeners.size, 1);
  assert.match(translation.infra.get("infra/gw")?.unresolved ?? "", /EnvoyProxy infra\/none does not exist/);
  translation.apply(envoyProxy("infra/none"));
  assert.deepEqual(described(translation.gatewayStatus("infra/gw").conditions.slice(0, 1)), ["Accepted=True/Accepted"]);
  assert.equal(translation.infra.get("infra/gw")?.unresolved, undefined);
});

test("parameters must be an EnvoyProxy, without what is not built", () => {
  assert.match(acceptance(parametersRef("p", "ConfigMap")).message, /use an EnvoyProxy/);
  const unbuilt = acceptance(parametersRef("p"), envoyProxy("infra/p", { geoIP: {} as never }));
  assert.equal(unbuilt.accepted, "False/InvalidParameters");
  assert.match(unbuilt.message, /remove spec\.geoIP/);
});

test("the most specific EnvoyProxy replaces the others", () => {
  const proxy = (level: string) => envoyProxy(`infra/${level}`, { concurrency: level.length });
  const config = { envoyProxy: proxy("default-level").spec } as never;
  const used = (objects: readonly KubeObject[], changes: Partial<Gateway["spec"]> = {}) => {
    const translation = translate([...objects, gateway("infra/gw", [listener("http")], changes)], { config });
    return translation.infra.get("infra/gw")?.proxy;
  };
  assert.deepEqual(used([gatewayClass()]), proxy("default-level").spec);
  assert.deepEqual(used([gatewayClass("eg", "infra/class"), proxy("class")]), proxy("class").spec);
  assert.deepEqual(
    used([gatewayClass("eg", "infra/class"), proxy("class"), proxy("own")], parametersRef("own")),
    proxy("own").spec,
  );
});

test("an EnvoyProxy is merged with the level above as its mergeType says", () => {
  const merged = (own: Partial<EnvoyProxySpec>, ofClass: Partial<EnvoyProxySpec>) => {
    const objects = [
      gatewayClass("eg", "infra/class"),
      envoyProxy("infra/class", { ipFamily: "IPv6", extraArgs: ["--class"], ...ofClass }),
      envoyProxy("infra/own", { logging: { level: { http: "debug" } }, extraArgs: ["--own"], ...own }),
      gateway("infra/gw", [listener("http")], parametersRef("own")),
    ];
    const config = { envoyProxy: envoyProxy("x/y", { concurrency: 4 }).spec } as never;
    const { proxy } = translate(objects, { config }).infra.get("infra/gw") ?? {};
    const { concurrency, ipFamily, extraArgs, logging } = proxy as EnvoyProxySpec;
    return [concurrency, ipFamily, extraArgs, logging.level];
  };
  const replaced = [undefined, undefined, ["--own"], { http: "debug" }];
  const both = { default: "warn", http: "debug" };
  assert.deepEqual(merged({}, {}), replaced);
  assert.deepEqual(merged({ mergeType: "Replace" }, {}), replaced);
  assert.deepEqual(merged({ mergeType: "JSONMerge" }, {}), [undefined, "IPv6", ["--own"], both]);
  assert.deepEqual(merged({ mergeType: "StrategicMerge" }, { mergeType: "JSONMerge" }), [4, "IPv6", ["--own"], both]);
});

test("what merging makes must be as valid as an EnvoyProxy is", () => {
  const { translation, accepted, message } = acceptance(
    parametersRef("own"),
    gatewayClass("eg", "infra/class"),
    envoyProxy("infra/class", { bootstrap: { type: "Merge", value: "{}" } }),
    envoyProxy("infra/own", { mergeType: "JSONMerge", bootstrap: { type: "JSONPatch", jsonPatches: [] } }),
  );
  assert.equal(accepted, "False/InvalidParameters");
  assert.match(message, /merged, is not valid: spec\.bootstrap/);
  assert.equal(translation.httpListeners.size, 1, "what is served goes on");
});

test("mergeGateways puts all Gateways of a class on one fleet, and their own parameters do not count", () => {
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    envoyProxy("infra/p", { mergeGateways: true }),
    envoyProxy("infra/own"),
    gateway("infra/a", [listener("http")], { ...parametersRef("own"), addresses: [{ type: "IPAddress", value: "10.0.0.1" }] }),
    gateway("infra/b", [listener("http", { port: 8080 })]),
  ]);
  assert.deepEqual([...translation.infra.keys()], ["eg"]);
  const fleet = translation.infra.get("eg");
  assert.deepEqual(fleet?.owner, { kind: "GatewayClass", namespace: "", name: "eg" });
  assert.deepEqual(fleet?.addresses, ["10.0.0.1"]);
  assert.deepEqual(fleet?.listeners, [
    { name: "http-80", protocol: "TCP", servicePort: 80, containerPort: 10080 },
    { name: "http-8080", protocol: "TCP", servicePort: 8080, containerPort: 8080 },
  ]);
  assert.equal(translation.statuses.get("EnvoyProxy/infra/own"), undefined);
});

test("Gateways that share proxies cannot have a client certificate each, and are told what to do", () => {
  const clientCertificateRef = { group: "", kind: "Secret", name: "c" };
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    envoyProxy("infra/p", { mergeGateways: true }),
    gateway("infra/gw", [listener("http")], { tls: { backend: { clientCertificateRef } } }),
  ]);
  const [accepted] = translation.gatewayStatus("infra/gw").conditions;
  assert.equal(`${accepted?.status}/${accepted?.reason}`, "False/Invalid");
  assert.match(accepted?.message ?? "", /^spec\.tls\.backend: .*set backendTLS\.clientCertificateRef of the EnvoyProxy/);
});

test("mergeGateways and mergeBackends contradict each other, wherever they stand", () => {
  const config = { envoyProxy: envoyProxy("x/y", { mergeBackends: {} }).spec } as never;
  const objects = [
    gatewayClass("eg", "infra/p"),
    envoyProxy("infra/p", { mergeGateways: true, mergeType: "JSONMerge" }),
    gateway("infra/gw", [listener("http")]),
  ];
  const translation = translate(objects, { config });
  assert.match(translation.gatewayStatus("infra/gw").conditions[0]?.message ?? "", /cannot be used together/);
  assert.equal(translation.httpListeners.size, 1);
  const compatible = translate(objects, { config, compatible: true });
  assert.equal(compatible.verdicts.gateways.get("infra/gw")?.refused?.reason, "InvalidParameters");
  assert.equal(compatible.httpListeners.size, 0);
  assert.deepEqual(compatible.infra.get("eg")?.listeners, []);
});

describe("while parameters cannot be followed, those that the fleet was made with hold", () => {
  const owner = "gateway.envoyproxy.io/owning-gateway";
  const front = (labels: Readonly<Record<string, string>>, proxy: EnvoyProxy | undefined) => {
    const made = service("envoy-gateway-system/front");
    const source = proxy && { kind: "EnvoyProxy", namespace: proxy.metadata.namespace, name: proxy.metadata.name };
    const annotations = { [parametersAnnotation]: printParameters(proxy?.spec, source) ?? "" };
    return { ...made, metadata: { ...made.metadata, labels, annotations } };
  };
  const ofClass = { [`${owner}class`]: "eg" };
  const ofGateway = { [`${owner}-namespace`]: "infra", [`${owner}-name`]: "gw" };

  it("for a class that shares its proxies: they are not taken apart", () => {
    const proxy = envoyProxy("infra/p", { mergeGateways: true, ipFamily: "IPv6" });
    const gateways = ["a", "b"].map((name, i) => gateway(`infra/${name}`, [listener("http", { port: 80 + i })]));
    const translation = translate([gatewayClass("eg", "infra/p"), proxy, ...gateways, front(ofClass, proxy)]);
    const before = [...translation.httpListeners.keys()];
    translation.remove(proxy);
    assert.deepEqual([...translation.infra.keys()], ["eg"]);
    assert.match(translation.infra.get("eg")?.unresolved ?? "", /EnvoyProxy infra\/p does not exist/);
    assert.equal(translation.infra.get("eg")?.ipFamily, "IPv6");
    assert.deepEqual([...translation.httpListeners.keys()], before);
  });

  it("for a Gateway: its listeners stay where its Service leads to", () => {
    const kubernetes = { useListenerPortAsContainerPort: true };
    const proxy = envoyProxy("infra/own", { provider: { type: "Kubernetes", kubernetes } } as Partial<EnvoyProxySpec>);
    const own = gateway("infra/gw", [listener("http")], parametersRef("own"));
    const translation = translate([gatewayClass(), proxy, own, front(ofGateway, proxy)]);
    assert.equal([...translation.httpListeners.values()][0]?.port, 80);
    translation.remove(proxy);
    assert.equal([...translation.httpListeners.values()][0]?.port, 80);
    assert.match(translation.gatewayStatus("infra/gw").conditions[0]?.message ?? "", /EnvoyProxy infra\/own does not exist/);
  });

  it("also where it was made without any, and not where nothing is noted that could be read", () => {
    const fallback = envoyProxy("x/y", { ipFamily: "IPv6" }).spec;
    const objects = [gatewayClass(), gateway("infra/gw", [listener("http")], parametersRef("none"))];
    const familyOf = (text: KubeObject) =>
      translate([...objects, text], { config: { envoyProxy: fallback } as never }).infra.get("infra/gw")?.ipFamily;
    assert.equal(familyOf(front(ofGateway, undefined)), undefined);
    const unread = front(ofGateway, undefined);
    const annotations = { [parametersAnnotation]: '{"source":{"namespace":"a","name":"b"},"spec":{"ipFamily":"IPv5"}}' };
    assert.equal(familyOf({ ...unread, metadata: { ...unread.metadata, annotations } } as KubeObject), "IPv6");
  });
});

test("a class says whether it is accepted, an EnvoyProxy who uses it", () => {
  const translation = translate([
    gatewayClass("eg", "infra/p"),
    gatewayClass("broken", "infra/none"),
    envoyProxy("infra/p"),
    envoyProxy("infra/idle"),
    gateway("infra/gw", [listener("http")], parametersRef("p")),
    gateway("infra/broken", [listener("http")], { gatewayClassName: "broken" }),
  ]);
  const conditions = (name: string) => described(translation.statusOf<ConditionsBody>(`GatewayClass//${name}`).conditions);
  assert.deepEqual(conditions("eg"), ["Accepted=True/Accepted"]);
  assert.deepEqual(conditions("broken"), ["Accepted=False/InvalidParameters"]);
  const { supportedFeatures } = translation.statusOf<ClassStatusBody>("GatewayClass//eg");
  const features = supportedFeatures.map(({ name }) => name);
  assert.ok(features.includes("HTTPRoute"));
  assert.deepEqual(features, [...new Set(features)].sort());
  assert.ok(described(translation.gatewayStatus("infra/broken").conditions).includes("Accepted=False/InvalidParameters"));
  const { ancestors } = translation.statusOf<AncestorStatusBody>("EnvoyProxy/infra/p");
  assert.deepEqual(
    ancestors.map(({ ancestorRef }) => `${ancestorRef.kind}/${ancestorRef.name}`),
    ["GatewayClass/eg", "Gateway/gw"],
  );
  assert.equal(translation.statuses.get("EnvoyProxy/infra/idle"), undefined);
});

test("a class claims what holds where its proxies run", () => {
  const claimed = (hostInfrastructure: boolean) => {
    const { supportedFeatures } = translate([gatewayClass()], { hostInfrastructure }).statusOf<ClassStatusBody>(
      "GatewayClass//eg",
    );
    return new Set(supportedFeatures.map(({ name }) => name));
  };
  const ofClusters = ["GatewayInfrastructurePropagation", "GatewayStaticAddresses"];
  assert.ok(claimed(false).has("GatewayBackendClientCertificate"));
  assert.deepEqual([...claimed(false).difference(claimed(true))], ofClusters);
});

test("infrastructure gets the Gateway's labels and addresses", () => {
  const infrastructure = { labels: { a: "1" }, annotations: { b: "2" } };
  const addresses = [{ type: "IPAddress", value: "10.0.0.1" }, { type: "Hostname", value: "a.com" }, { type: "IPAddress" }];
  const { translation } = acceptance({ infrastructure, addresses });
  const fleet = translation.infra.get("infra/gw");
  assert.deepEqual([fleet?.labels, fleet?.annotations, fleet?.addresses], [{ a: "1" }, { b: "2" }, ["10.0.0.1"]]);
});

test("the proxies' own Service becomes a cluster named by the scope, if it is in our namespace", () => {
  const owner = "gateway.envoyproxy.io/owning-gateway";
  const own = service("envoy-gateway-system/envoy");
  const labels = { [`${owner}-name`]: "gw", [`${owner}-namespace`]: "infra" };
  const objects = [
    gatewayClass(),
    gateway("infra/gw", [listener("http")]),
    { ...own, metadata: { ...own.metadata, labels } },
    endpointSlice("envoy-gateway-system/envoy", ["10.2.0.1"]),
  ];
  const translation = translate(objects);
  const destination = translation.destinations.get("infra/gw|infra/gw");
  assert.deepEqual(destination?.settings[0]?.zoneAware, { minEndpoints: 1 });
  assert.equal(translation.backendEndpoints.get(destination?.settings[0]?.backend ?? "")?.endpoints[0]?.address, "10.2.0.1");
  const elsewhere = { ...own, metadata: { namespace: "app", name: "envoy", labels } };
  assert.equal(translate([gatewayClass(), gateway("infra/gw", [listener("http")]), elsewhere]).destinations.size, 0);
});
