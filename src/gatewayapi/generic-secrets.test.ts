import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  parent,
  referenceGrant,
  rule,
  service,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { HTTPRouteFilter } from "../api/gateway/http-route.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { allFeatures, extensionFieldsOf } from "../features/index.ts";

const options = { extensionFields: extensionFieldsOf(allFeatures({ compatible: false })) };

const use: HTTPRouteFilter = {
  type: "ExtensionRef",
  extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "f" },
};
const filter = (namespace: string) => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "HTTPRouteFilter",
  metadata: { namespace: "app", name: "f" },
  spec: { credentialInjection: { credential: { valueRef: { group: "", kind: "Secret", namespace, name: "token" } } } },
});
const secret = (key: string, data: Readonly<Record<string, string>>) => {
  const [namespace = "", name = ""] = key.split("/");
  const encoded = Object.entries(data).map(([entry, text]) => [entry, Buffer.from(text).toString("base64")]);
  const object = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, type: "Opaque" };
  return { ...object, data: Object.fromEntries(encoded) };
};

const world = (secretIn = "app"): readonly KubeObject[] => [
  gatewayClass(),
  gateway("infra/g", [listener("l", { allowedRoutes: { namespaces: { from: "All" } } })]),
  service("app/s"),
  endpointSlice("app/s", ["10.1.0.1"]),
  filter(secretIn),
  httpRoute(
    "app/r",
    ["a", "b"].map(() => rule([backendRef("s")], { filters: [use] })),
    { parentRefs: [parent("infra/g")] },
  ),
];

type Translated = ReturnType<typeof translate>;

const said = ({ statuses }: Translated) => JSON.stringify(statuses.get("HTTPRoute/app/r"));
const values = ({ genericSecrets }: Translated) =>
  [...genericSecrets.entries()].map(([key, { value }]) => `${key}=${Buffer.from(value, "base64")}`);
const known = "infra/g|credential_injector/credential/httproutefilter/app/f";

describe("a secret that a filter names", () => {
  it("is there once for each fleet, and a new value runs no rules", () => {
    const translation = translate([...world(), secret("app/token", { credential: "one" })], options);
    assert.deepEqual(values(translation), [`${known}=one`]);
    const runs = () => translation.graph.describe().nodes.find(({ name }) => name === "rules of HTTPRoutes")?.runs;
    const before = runs();
    assert.ok(before);
    translation.apply(secret("app/token", { credential: "zzsecretzz" }));
    assert.deepEqual(values(translation), [`${known}=zzsecretzz`]);
    assert.equal(runs(), before);
    assert.doesNotMatch(said(translation), /zzsecretzz|enpzZWNy/);
  });

  const mistakes: readonly (readonly [string, readonly KubeObject[], RegExp])[] = [
    ["is not there", [], /there is no Secret app\/token/],
    ["lacks the key", [secret("app/token", { other: "x" })], /has no key credential/],
    ["ends in a line break", [secret("app/token", { credential: "x\n" })], /cannot be the value of a header/],
    ["is empty", [secret("app/token", { credential: "" })], /cannot be the value of a header/],
  ];
  for (const [what, objects, message] of mistakes) {
    it(`is told when it ${what}, and requests are answered with 500`, () => {
      const translation = translate([...world(), ...objects], options);
      assert.match(said(translation), message);
      assert.deepEqual(values(translation), []);
      for (const { action } of translation.rules.values()) assert.equal(action.type === "respond" && action.status, 500);
    });
  }

  it("may be in another namespace where a ReferenceGrant lets HTTPRouteFilters refer to it", () => {
    const translation = translate([...world("vault"), secret("vault/token", { credential: "one" })], options);
    assert.match(said(translation), /no ReferenceGrant allows the reference/);
    const grant = referenceGrant("vault", "app", [{ group: "", kind: "Secret" }]);
    const from = [{ group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", namespace: "app" }];
    const wider = { ...grant, spec: { ...grant.spec, from } };
    translation.apply(wider);
    assert.deepEqual(values(translation), [`${known}=one`]);
  });
});
