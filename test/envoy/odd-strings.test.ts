/** Texts of users that Envoy would read as something else: they stay what they are, and what cannot be so is told and harms nobody. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, it } from "node:test";
import { createEchoBackend, type Echo } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteFilter, HTTPRouteMatch } from "../../src/api/gateway/http-route.ts";
import { prefix } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

/** Values of headers. Each must come out as it went in. */
const values = [
  "100% sure",
  "%",
  "%%",
  "50%-60%",
  "%BOGUS_CMD%",
  "%ENVIRONMENT(PATH)%",
  "%FILE_CONTENT(/etc/hostname)%",
  "%REQ(x-secret)%",
  "%DYNAMIC_METADATA(a:b)%",
  "%START_TIME(%Y)%",
  "%REQ(",
  "%CEL(1+)%",
  "{{ .Env.PATH }}",
  "$(PATH)",
  "\\1",
];

/** Names of headers that are tokens (RFC 9110, section 5.6.2), odd as they are. */
const names = ["x%y", "x|y", "x`y", "x~y", "!#$&'*+", "X-Upper", "100%"];

/** Paths that replace a prefix. */
const paths = ["/100%25", "/\\1", "/%REQ(a)%", "/{a=*}", "/$1", "/:a", "/**", "/a+b"];

/** Regular expressions on which libraries differ. */
const expressions = ["(", "a{1001}", "(?=a)", "\\C", "\\pN", "[[:alpha:]]", "(?P<n>x)", "(?<n>x)", "a**", "\\Q(\\E", "\\8", ""];

const setHeader = (type: "RequestHeaderModifier" | "ResponseHeaderModifier", name: string, value: string): HTTPRouteFilter => {
  const set = { set: [{ name, value }] };
  return type === "RequestHeaderModifier" ? { type, requestHeaderModifier: set } : { type, responseHeaderModifier: set };
};
const both = (name: string, value: string) => [
  setHeader("RequestHeaderModifier", name, value),
  setHeader("ResponseHeaderModifier", name, value),
];
const toPath = (replacePrefixMatch: string): HTTPRouteFilter => ({
  type: "URLRewrite",
  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch } },
});
const echoOf = (body: string): Echo => JSON.parse(body);
const pathMatch = (value: string): HTTPRouteMatch => ({ path: { type: "RegularExpression", value } });
const headerMatch = (value: string): HTTPRouteMatch => ({
  ...prefix("/"),
  headers: [{ name: "x-a", type: "RegularExpression", value }],
});

const routes = [
  ...values.map((value, i) => routeFor(`value-${i}`, `value-${i}.test`, [ruleTo([prefix("/")], both("x-a", value))])),
  ...names.map((name, i) => routeFor(`name-${i}`, `name-${i}.test`, [ruleTo([prefix("/")], both(name, "there"))])),
  ...paths.map((path, i) => routeFor(`path-${i}`, `path-${i}.test`, [ruleTo([prefix("/old")], [toPath(path)])])),
  ...expressions.flatMap((text, i) => [
    routeFor(`by-path-${i}`, `by-path-${i}.test`, [ruleTo([pathMatch(`/${text}`)])]),
    routeFor(`by-header-${i}`, `by-header-${i}.test`, [ruleTo([headerMatch(text)])]),
  ]),
];

describe("odd strings", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let backend: Server;

  before(async () => {
    backend = createEchoBackend();
    port = await freePort();
    gateway = await startGateway({
      "gateway.yaml": [...gatewayOn(port), localBackend("echo", await listenAnywhere(backend))],
      "good.yaml": [routeFor("good", "good.test", [ruleTo([prefix("/")])])],
      "odd.yaml": routes,
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    backend?.close();
  });

  for (const [i, value] of values.entries()) {
    it(`as values of headers are text: ${value}`, async () => {
      const { status, headers, body } = await ask(port, "/", { host: `value-${i}.test`, headers: { "x-secret": "s" } });
      assert.equal(status, 200);
      assert.equal(headers["x-a"], value);
      assert.equal(echoOf(body).headers["X-A"]?.[0], value);
    });
  }

  for (const [i, name] of names.entries()) {
    it(`as names of headers are names: ${name}`, async () => {
      const { status, headers } = await ask(port, "/", { host: `name-${i}.test` });
      assert.equal(status, 200);
      assert.equal(headers[name.toLowerCase()], "there");
    });
  }

  for (const [i, path] of paths.entries()) {
    it(`as paths are paths: ${path}`, async () => {
      const { status, body } = await ask(port, "/old/x", { host: `path-${i}.test` });
      assert.equal(status, 200);
      assert.equal(echoOf(body).path, `${path}/x`);
    });
  }

  it("as regular expressions are taken or told", () => {
    const { statuses } = gateway.controlPlane.pipeline;
    const toldOf = (name: string) => JSON.stringify(statuses.get(`HTTPRoute/default/${name}`)?.status);
    for (const i of [0, 1, 2, 8, 10]) {
      assert.match(toldOf(`by-path-${i}`), /is not a regular expression/, expressions[i]);
      assert.match(toldOf(`by-header-${i}`), /is not a regular expression/, expressions[i]);
    }
  });

  it("never lead to something that Envoy refuses", async () => {
    assert.equal((await ask(port, "/", { host: "good.test" })).status, 200);
    assert.doesNotMatch(gateway.log(), /proxy refused resources/);
  });
});
