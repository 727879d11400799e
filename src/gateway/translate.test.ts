import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../test/builders/decode.ts";
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  parent,
  prefix,
  rule,
  service,
} from "../../test/builders/objects.ts";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import { standaloneConfig } from "../api/config/standalone-config.ts";
import type { ApiObject } from "../api/kinds.ts";
import type { XdsType } from "../xds/resource.ts";
import { openPipeline } from "./pipeline.ts";
import { put, translate } from "./translate.ts";

const config: EnvoyGateway = parse("provider: { type: Kubernetes }");
const onHost = standaloneConfig(["."]);

function parse(text: string): EnvoyGateway {
  const parsed = parseConfig(`apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\n${text}\n`, "config.yaml");
  assert.ok("config" in parsed, JSON.stringify(parsed));
  return parsed.config;
}

const objects: readonly ApiObject[] = [
  gatewayClass(),
  gateway("default/eg", [listener("http", { port: 8080 })]),
  httpRoute("default/app", [rule([backendRef("app")], { matches: [prefix("/")] })], { parentRefs: [parent("default/eg")] }),
  service("default/app"),
  endpointSlice("default/app", ["10.0.0.1"]),
];

const names = (resources: readonly unknown[] | undefined) => resources?.map((each) => (each as { name: string }).name);

describe("translating objects", () => {
  it("gives resources under stable names", () => {
    const { xds, problems } = translate(objects, { config });
    assert.deepEqual(Object.keys(xds), ["default/eg"]);
    assert.deepEqual(names(xds["default/eg"]?.Listener), ["envoy-gateway-proxy-ready-0.0.0.0-19003", "tcp-8080"]);
    assert.deepEqual(names(xds["default/eg"]?.RouteConfiguration), ["http-8080"]);
    assert.match(String(names(xds["default/eg"]?.Cluster)), /^httproute\/default\/app\/[0-9a-f]{12}$/);
    assert.deepEqual(problems, []);
  });

  it("gives resources under the names of Envoy Gateway where the configuration asks for them", () => {
    const flagged = parse("provider: { type: Kubernetes }\nruntimeFlags: { enabled: [XDSNameSchemeV1] }");
    const { xds } = translate(objects, { config: flagged });
    assert.deepEqual(names(xds["default/eg"]?.Cluster), ["httproute/default/app/rule/0"]);
    assert.deepEqual(names(xds["default/eg"]?.RouteConfiguration), ["default/eg/http"]);
  });

  it("knows the Services of proxies in the namespace of the control plane", () => {
    const owner = "gateway.envoyproxy.io/owning-gateway";
    const own = service("edge/envoy");
    const labels = { [`${owner}-name`]: "eg", [`${owner}-namespace`]: "default" };
    const given = [...objects, { ...own, metadata: { ...own.metadata, labels } }];
    const clusters = (controllerNamespace?: string) =>
      names(translate(given, { config, ...(controllerNamespace && { controllerNamespace }) }).xds["default/eg"]?.Cluster);
    assert.ok(clusters("edge")?.includes("default/eg"));
    assert.ok(!clusters()?.includes("default/eg"));
  });

  it("gives statuses and the IR, too", () => {
    const { statuses, ir } = translate(objects, { config });
    assert.deepEqual(Object.keys(statuses), ["Gateway/default/eg", "GatewayClass//eg", "HTTPRoute/default/app"]);
    assert.deepEqual(
      ir["default/eg"]?.listeners.map(({ name }) => name),
      ["default/eg/http"],
    );
    assert.equal(ir["default/eg"]?.infra?.scope, "default/eg");
    assert.deepEqual(
      ir["default/eg"]?.destinations.map(({ endpoints }) => Object.values(endpoints)),
      [[[{ address: "10.0.0.1", port: 8080 }]]],
    );
  });

  it("leaves the shared port of probes alone where proxies share a machine", () => {
    const { xds } = translate(objects, { config: onHost });
    assert.deepEqual(names(xds["default/eg"]?.Listener), ["tcp-8080"]);
  });

  it("is what the stages come to when objects arrive one by one, in any order", () => {
    const batch = translate(objects, { config });
    const { graph, objects: sources, resources } = openPipeline({ config });
    for (const object of [...objects].reverse()) graph.batch(() => put(sources, object));
    const ofType = (type: XdsType) => [...resources.values()].filter((resource) => resource.type === type).map(decodeResource);
    for (const [type, messages = []] of Object.entries(batch.xds["default/eg"] ?? {})) {
      assert.deepEqual(new Set(ofType(type as XdsType)), new Set(messages));
    }
  });
});
