import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backend,
  called,
  endpointSlice,
  gateway,
  gatewayClass,
  grpcBackendRef,
  grpcRoute,
  httpRoute,
  listener,
  referenceGrant,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { described, type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { GRPCBackendRef, GRPCRouteRule } from "../api/gateway/grpc-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { grpcDeadlineSlot, grpcStatsSlot, grpcWebSlot } from "../ir/grpc.ts";
import type { TranslationOptions } from "./options.ts";
import type { RouteStatusBody } from "./status/object-status.ts";

const infra = [gatewayClass(), gateway("infra/gw", [listener("http")])];
const served = (key: string, changes = {}) => [service(key, changes), endpointSlice(key, ["10.1.0.1"])];
const to = (name: string, changes: Partial<GRPCBackendRef> = {}): GRPCBackendRef => ({
  group: "",
  kind: "Service",
  name,
  port: 8080,
  weight: 1,
  ...changes,
});

function withRules(
  rules: readonly GRPCRouteRule[],
  objects: readonly KubeObject[],
  options: Partial<TranslationOptions> = {},
): FixtureTranslation {
  return translate([...infra, ...objects, grpcRoute("app/r", rules)], options);
}

const ruleOf = (translation: FixtureTranslation, index = 0) => translation.rules.get(`grpcroute/app/r/${index}`);
const conditionsOf = (translation: FixtureTranslation) =>
  described(translation.statusOf<RouteStatusBody>("GRPCRoute/app/r").parents[0]?.conditions ?? []);
const protocols = ({ destinations }: FixtureTranslation) =>
  [...destinations.entries()].flatMap(([, { settings }]) => settings.map(({ protocol, http1Only }) => [protocol, http1Only]));

test("a GRPCRoute attaches, is counted, and its rules are for gRPC", () => {
  const translation = withRules([{ name: "calls", backendRefs: [to("s")] }], served("app/s"));
  assert.deepEqual(conditionsOf(translation), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
  assert.equal(translation.gatewayStatus("infra/gw").listeners?.[0]?.attachedRoutes, 1);
  const { id, source, parts = {} } = ruleOf(translation) ?? {};
  assert.deepEqual(id, { kind: "grpcroute", namespace: "app", name: "r", index: 0, ruleName: "calls" });
  assert.equal(source?.kind, "GRPCRoute");
  assert.ok(grpcWebSlot.of(parts) && grpcStatsSlot.of(parts) && grpcDeadlineSlot.of(parts));
  assert.deepEqual(
    [...translation.httpRoutes.entries()].map(([, { matchIndex, hostname }]) => [matchIndex, hostname]),
    [[-1, "*"]],
  );
});

test("listeners choose the kinds of routes", () => {
  const kinds = [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }];
  const closed = listener("http", { allowedRoutes: { kinds, namespaces: { from: "All" } } });
  const translation = translate([gatewayClass(), gateway("infra/gw", [closed]), grpcRoute("app/r", [])]);
  assert.ok(conditionsOf(translation).includes("Accepted=False/NotAllowedByListeners"));
});

test("backends are spoken to by HTTP/2, whatever they say", () => {
  const port = (appProtocol: string) => ({ ports: [{ name: "http", port: 8080, protocol: "TCP" as const, appProtocol }] });
  const own = { ip: { address: "10.0.0.1", port: 1 } };
  const table: readonly (readonly [GRPCBackendRef, readonly KubeObject[], string])[] = [
    [to("s"), served("app/s"), "GRPC"],
    [to("s"), served("app/s", port("kubernetes.io/h2c")), "HTTP2"],
    [to("s"), served("app/s", port("kubernetes.io/ws")), "GRPC"],
    [grpcBackendRef("b"), [backend("app/b", [own])], "GRPC"],
  ];
  for (const [reference, objects, protocol] of table) {
    assert.deepEqual(protocols(withRules([{ backendRefs: [reference] }], objects)), [[protocol, undefined]]);
  }
});

test("calls that no backend can serve are answered with 503, which clients hear as UNAVAILABLE", () => {
  const actionOf = (refs: readonly GRPCBackendRef[], compatible = false) =>
    ruleOf(withRules([{ backendRefs: refs }], [...served("app/s"), service("app/empty")], { compatible }))?.action;
  const statusOf = (refs: readonly GRPCBackendRef[], compatible = false) => {
    const action = actionOf(refs, compatible);
    if (action?.type === "respond") return action.status;
    return action?.backends.type === "split" ? action.backends.missing : undefined;
  };
  for (const refs of [[], [to("none")], [to("s", { weight: 0 })], [to("empty")]]) assert.equal(statusOf(refs), 503);
  assert.equal(statusOf([to("s"), to("none")]), 503);
  assert.equal(statusOf([to("none")], true), 500, "as in Envoy Gateway");
  assert.equal(statusOf([to("s"), to("empty")], true), 500, "as in Envoy Gateway");
});

test("references to other namespaces need a grant for GRPCRoutes", () => {
  const objects = served("other/s");
  const rules = [{ backendRefs: [to("s", { namespace: "other" })] }];
  assert.ok(conditionsOf(withRules(rules, objects)).includes("ResolvedRefs=False/RefNotPermitted"));
  const forHttp = [...objects, referenceGrant("other", "app")];
  assert.ok(conditionsOf(withRules(rules, forHttp)).includes("ResolvedRefs=False/RefNotPermitted"));
  const granted = [...objects, referenceGrant("other", "app", [{ group: "", kind: "Service" }], "GRPCRoute")];
  assert.ok(conditionsOf(withRules(rules, granted)).includes("ResolvedRefs=True/ResolvedRefs"));
});

test("a bad rule is told and fails; the others serve", () => {
  const rules: readonly GRPCRouteRule[] = [
    {
      matches: [called("a.B")],
      filters: [{ type: "ExtensionRef", extensionRef: { group: "x", kind: "Y", name: "z" } }],
      backendRefs: [to("s")],
    },
    { matches: [called("*", undefined, "RegularExpression")], backendRefs: [to("s")] },
    { matches: [called("a.C")], backendRefs: [to("s")] },
  ];
  const translation = withRules(rules, served("app/s"));
  assert.deepEqual(conditionsOf(translation), [
    "Accepted=True/Accepted",
    "PartiallyInvalid=True/UnsupportedValue",
    "ResolvedRefs=True/ResolvedRefs",
  ]);
  assert.equal(ruleOf(translation)?.action.type, "respond");
  assert.ok(grpcWebSlot.of(ruleOf(translation)?.parts ?? {}), "browsers hear of it, too");
  assert.equal(ruleOf(translation, 1), undefined);
  assert.equal(ruleOf(translation, 2)?.action.type, "forward");
});

test("routes of both kinds may have one name and share a host", () => {
  const http = httpRoute("app/r", [rule([to("s")])]);
  const translation = withRules([{ matches: [called("a.B")], backendRefs: [to("s")] }], [...served("app/s"), http]);
  assert.equal(translation.gatewayStatus("infra/gw").listeners?.[0]?.attachedRoutes, 2);
  assert.equal([...translation.httpRoutes.entries()].length, 2);
  assert.deepEqual(
    protocols(translation)
      .map(([protocol]) => protocol)
      .sort(),
    ["GRPC", "HTTP"],
  );
});
