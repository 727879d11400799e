import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backend,
  backendObjectRef,
  backendRef,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  parent,
  prefix,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { HTTPRouteRule } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { RuleField } from "./route-filter.ts";

const filters = [{ type: "URLRewrite", urlRewrite: { hostname: "x" } }] as const;

/** Switches nothing on. */
const ruleFields: readonly RuleField[] = [{ field: "sessionPersistence", translate: (_rule, parts) => ({ parts }) }];

/** The clusters of the fleet `infra/gw` and where the rules of `app/r` send, where the EnvoyProxy shares backends. */
function shared(rules: readonly HTTPRouteRule[], spec: Partial<EnvoyProxySpec> = {}, objects: readonly KubeObject[] = []) {
  const all = [
    gatewayClass("eg", "infra/p"),
    envoyProxy("infra/p", { mergeBackends: {}, ...spec }),
    gateway("infra/gw", [listener("http")]),
    ...["a", "b"].flatMap((name) => [service(`app/${name}`), endpointSlice(`app/${name}`, ["10.1.0.1"])]),
    ...objects,
    httpRoute("app/r", rules),
  ];
  const translation = translate(all, { ruleFields });
  const actions = [...translation.rules.values()].map(({ action }) => {
    if (action.type === "respond") return [action.status];
    return action.backends.type === "single"
      ? [action.backends.cluster]
      : action.backends.clusters.map(({ cluster, weight }) => `${cluster} ${weight}`);
  });
  const clusters = [...translation.destinations.values()].map(({ name }) => name).sort();
  return { translation, actions: actions.map((targets) => targets.map(plain)), clusters: clusters.map(plain) };
}

/** Without digests, which are not the point. */
const plain = (name: unknown) => String(name).replace(/#[0-9a-f]+/, "#");

const [a, b] = ["service/app/a/8080", "service/app/b/8080"];

test("routes that send to one backend share its cluster", () => {
  const { translation, actions, clusters } = shared([
    rule([backendRef("a")]),
    rule([backendRef("a")], { matches: [prefix("/x")] }),
  ]);
  assert.deepEqual(actions, [[a], [a]]);
  translation.apply(httpRoute("app/other", [rule([backendRef("a")])]));
  assert.deepEqual(clusters, [a]);
  assert.equal(translation.destinations.size, 1);
  const [destination] = translation.destinations.values();
  assert.deepEqual(
    destination?.settings.map(({ name, weight }) => [name, weight]),
    [[a, 1]],
  );
  translation.remove(httpRoute("app/r", []));
  assert.equal(translation.destinations.size, 1, "as long as one of them needs it");
  translation.remove(httpRoute("app/other", []));
  assert.equal(translation.destinations.size, 0);
});

test("weights are of routes: several backends are several clusters", () => {
  assert.deepEqual(shared([rule([backendRef("a", { weight: 3 }), backendRef("b")])]).actions, [[`${a} 3`, `${b} 1`]]);
});

test("a backendRef with filters keeps a cluster of its own, and comes first", () => {
  const { actions, clusters } = shared([rule([backendRef("a"), backendRef("b", { filters })])]);
  assert.deepEqual(actions, [["app/r# 1", `${a} 1`]]);
  assert.deepEqual(clusters, ["app/r#", a]);
});

test("what picks an endpoint among several backends has them in one cluster", () => {
  const sessions = { sessionPersistence: { type: "Cookie", sessionName: "s" } as never };
  const refs = [backendRef("a"), backendRef("b")];
  assert.deepEqual(shared([rule(refs, sessions)]).actions, [["app/r#"]]);
  const spare = backend("app/spare", [{ ip: { address: "10.0.0.9", port: 80 } }], { fallback: true });
  assert.deepEqual(shared([rule([backendRef("a"), backendObjectRef("spare")])], {}, [spare]).actions, [["app/r#"]]);
});

test("a selector says which backends are shared", () => {
  const selector = { matchLabels: { share: "yes" } };
  const labelled = { ...service("app/b"), metadata: { namespace: "app", name: "b", labels: { share: "yes" } } };
  const rules = [rule([backendRef("a")]), rule([backendRef("b")], { matches: [prefix("/b")] })];
  assert.deepEqual(shared(rules, { mergeBackends: { selector } }, [labelled]).actions, [["app/r#"], [b]]);
});

test("a selector that is wrong is told and selects nothing", () => {
  const selector = { matchExpressions: [{ key: "k", operator: "Like" }] };
  const { translation, actions } = shared([rule([backendRef("a")])], { mergeBackends: { selector } as never });
  assert.deepEqual(actions, [["app/r#"]]);
  const [accepted] = translation.gatewayStatus("infra/gw").conditions;
  assert.match(
    `${accepted?.reason} ${accepted?.message}`,
    /^InvalidParameters .*spec\.mergeBackends\.selector matchExpressions\[0\]/,
  );
});

test("Gateways that share and those that do not each have their clusters", () => {
  const { translation } = shared([], {}, [
    envoyProxy("infra/plain"),
    gateway("infra/other", [listener("http")], {
      infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "plain" } },
    }),
  ]);
  translation.apply(httpRoute("app/r", [rule([backendRef("a")])], { parentRefs: [parent("infra/gw"), parent("infra/other")] }));
  assert.deepEqual([...translation.destinations.keys()].map(plain).sort(), [`infra/gw|${a}`, "infra/other|app/r#"].sort());
});
