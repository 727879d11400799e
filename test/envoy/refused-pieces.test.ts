/** What our own checks let pass and a real Envoy refuses: it harms nobody else, and its object says why. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteMatch } from "../../src/api/gateway/http-route.ts";
import { prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

/** A regular expression by all rules, but with more states than Envoy's library has memory for. */
const tooComplex = "[!#%')+/13579;=?ACEGIKMOQSUWY\\]_acegikmoqsuwy{}]{1000}".repeat(15);
const pathRegex = (value: string): HTTPRouteMatch => ({ path: { type: "RegularExpression", value } });
const headerRegex = (value: string): HTTPRouteMatch => ({
  ...prefix("/header"),
  headers: [{ name: "x-a", type: "RegularExpression", value }],
});

const good = (name: string, path = "/") => routeFor(name, `${name}.test`, [ruleTo([prefix(path)])]);
const mixed = (first: HTTPRouteMatch) =>
  routeFor("mixed", "mixed.test", [ruleTo([first]), ruleTo([prefix("/two")]), ruleTo([headerRegex("b")])]);

const rewritten = (pattern: string): object[] => [
  {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "HTTPRouteFilter",
    metadata: { name: "rewrite", namespace: "default" },
    spec: { urlRewrite: { path: { type: "ReplaceRegexMatch", replaceRegexMatch: { pattern, substitution: "/" } } } },
  },
  routeFor("rewritten", "rewritten.test", [ruleTo([prefix("/")], [useRewrite])]),
];
const useRewrite = {
  type: "ExtensionRef",
  extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "rewrite" },
} as const;

test("a route that Envoy refuses is found, told and left out; all others are current; mended, it works", async (t) => {
  const backend = createEchoBackend();
  const [port, backendPort] = [await freePort(), await listenAnywhere(backend)];
  const gateway = await startGateway({
    "gateway.yaml": [...gatewayOn(port), localBackend("echo", backendPort)],
    "good.yaml": Array.from({ length: 20 }, (_, index) => good(`good-${index}`)),
    "mixed.yaml": [mixed(pathRegex("/one"))],
  });
  t.after(async () => {
    await gateway.stop();
    backend.close();
  });
  const statusOf = async (host: string, path: string) => (await ask(port, path, { host })).status;
  const answers = (host: string, path: string, wanted: number) =>
    eventually(`${host}${path} never answered ${wanted}`, async () =>
      (await statusOf(host, path)) === wanted ? true : undefined,
    );
  await gateway.condition("Gateway/default/eg", "Programmed", "True");
  await answers("mixed.test", "/one", 200);

  gateway.write("mixed.yaml", [mixed(pathRegex(tooComplex))]);
  const told = await gateway.condition("HTTPRoute/default/mixed", "PartiallyInvalid", "True");
  assert.match(
    told.message,
    /^Dropped Rule\(s\) \[0\]: Envoy refused rule 0, which is (left out|answered with 500): pattern too large/,
  );
  await gateway.condition("HTTPRoute/default/mixed", "Accepted", "True");
  await gateway.condition("Gateway/default/eg", "Programmed", "True");
  await answers("mixed.test", "/one", 404);
  assert.equal(await statusOf("mixed.test", "/two"), 200);
  assert.equal(await statusOf("good-7.test", "/"), 200);

  // Envoy takes its match, so its requests have an answer.
  gateway.write("rewritten.yaml", rewritten(tooComplex));
  const closed = await gateway.condition("HTTPRoute/default/rewritten", "Accepted", "False");
  assert.match(closed.message, /^Envoy refused rule 0, which is answered with 500: pattern too large/);
  await answers("rewritten.test", "/", 500);
  assert.equal(await statusOf("good-7.test", "/"), 200);

  gateway.write("later.yaml", [good("later", "/later")]);
  await answers("later.test", "/later", 200);

  process.kill(gateway.envoyPid(), "SIGKILL");
  await answers("later.test", "/later", 200);
  assert.equal(await statusOf("mixed.test", "/two"), 200);

  gateway.write("mixed.yaml", [mixed(pathRegex("/mended"))]);
  await answers("mixed.test", "/mended", 200);
  const status = gateway.controlPlane.pipeline.statuses.get("HTTPRoute/default/mixed")?.status;
  assert.doesNotMatch(JSON.stringify(status), /PartiallyInvalid/);
});
