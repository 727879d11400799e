/** Credentials that proxies add to requests, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteFilter } from "../../src/api/gateway/http-route.ts";
import { backendObjectRef, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask, echoOf } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

const host = "credentials.test";

const injecting = (name: string, fields: object = {}) => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "HTTPRouteFilter",
  metadata: { name, namespace: "default" },
  spec: { credentialInjection: { credential: { valueRef: { name: "token" } }, ...fields } },
});
const token = (credential: string) => [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "token", namespace: "default" },
    stringData: { credential },
  },
];
const use = (name: string): HTTPRouteFilter => ({
  type: "ExtensionRef",
  extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name },
});
const plainRule = ruleTo([prefix("/")]);
const keepRule = ruleTo([prefix("/keep")], [use("keep")]);
const backendRule = ruleTo([prefix("/backend")], [], [backendObjectRef("echo", { filters: [use("replace")] })]);

describe("a credential", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  const backend = createEchoBackend();

  before(async () => {
    const backendPort = await listenAnywhere(backend);
    port = await freePort();
    gateway = await startGateway({
      "gateway.yaml": [...gatewayOn(port), localBackend("echo", backendPort)],
      "filters.yaml": [injecting("keep"), injecting("replace", { header: "x-credential", overwrite: true })],
      "token.yaml": token("Bearer first-secret"),
      "route.yaml": [routeFor("app", host, [plainRule, keepRule, ruleTo([prefix("/replace")], [use("replace")]), backendRule])],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });
  after(async () => {
    await gateway?.stop();
    backend.close();
  });

  const seen = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
    echoOf(await ask(port, path, { host, headers })).headers;
  const eventuallySeen = (what: string, path: string, name: string, value: string | undefined) =>
    eventually(what, async () => ((await seen(path))[name]?.[0] === value ? true : undefined));

  test("is added to the requests of a rule, and to no others", async () => {
    assert.deepEqual((await seen("/keep")).Authorization, ["Bearer first-secret"]);
    assert.equal((await seen("/")).Authorization, undefined);
  });

  test("leaves a header alone that the request has, unless it is to replace it", async () => {
    assert.deepEqual((await seen("/keep", { authorization: "mine" })).Authorization, ["mine"]);
    for (const path of ["/replace", "/backend"]) {
      assert.deepEqual((await seen(path, { "x-credential": "mine" }))["X-Credential"], ["Bearer first-secret"], path);
    }
  });

  test("is replaced without any change of the listener", async () => {
    const listeners = async () => {
      const dump = await gateway.envoyAdmin("/config_dump?resource=dynamic_listeners");
      return [...dump.matchAll(/"(?:version_info|last_updated)": "[^"]*"/g)].map(String);
    };
    const old = await listeners();
    assert.notEqual(old.length, 0);
    gateway.write("token.yaml", token("Bearer second-secret"));
    await eventuallySeen("the new credential never came", "/keep", "Authorization", "Bearer second-secret");
    await eventuallySeen("the backendRef kept the old one", "/backend", "X-Credential", "Bearer second-secret");
    assert.deepEqual(await listeners(), old);
  });

  test("comes and goes with its rule while requests go on", async () => {
    gateway.write("filters2.yaml", [injecting("late", { header: "x-late" })]);
    gateway.write("route.yaml", [routeFor("app", host, [plainRule, ruleTo([prefix("/keep")], [use("late")])])]);
    await eventuallySeen("the other credential never came", "/keep", "X-Late", "Bearer second-secret");
    gateway.write("route.yaml", [routeFor("app", host, [plainRule, ruleTo([prefix("/keep")])])]);
    await eventuallySeen("the credential never went", "/keep", "X-Late", undefined);
    // What the listener was before goes on for open connections for a while.
    const present = async () => {
      const { configs } = JSON.parse(await gateway.envoyAdmin("/config_dump?resource=dynamic_listeners"));
      return JSON.stringify(configs[0].active_state);
    };
    await eventually("the filter stayed", async () => ((await present()).includes("credential_injector/") ? undefined : true));
  });

  test("is told to nobody", async () => {
    gateway.write("route.yaml", [routeFor("app", host, [plainRule, keepRule])]);
    await eventuallySeen("the credential never came back", "/keep", "Authorization", "Bearer second-secret");
    const dump = await gateway.envoyAdmin("/config_dump");
    for (const text of [gateway.log(), dump]) {
      assert.doesNotMatch(text, /-secret/);
      assert.ok(!text.includes(Buffer.from("Bearer second-secret").toString("base64")));
    }
  });

  test("that is gone answers 500, and the route tells it", async () => {
    gateway.remove("token.yaml");
    const { message } = await gateway.condition("HTTPRoute/default/app", "PartiallyInvalid", "True");
    assert.match(
      message,
      /HTTPRouteFilter keep: spec\.credentialInjection\.credential\.valueRef: there is no Secret default\/token/,
    );
    await eventually("requests went on without the credential", async () =>
      (await ask(port, "/keep", { host })).status === 500 ? true : undefined,
    );
    assert.equal((await ask(port, "/", { host })).status, 200);
  });
});
