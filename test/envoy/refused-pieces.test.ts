/** What our own checks let pass and a real Envoy refuses: it harms nobody else, and its object says why. */
import assert from "node:assert/strict";
import { get } from "node:https";
import { test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteMatch } from "../../src/api/gateway/http-route.ts";
import type { GatewayStatusBody } from "../../src/gatewayapi/status/object-status.ts";
import { issue, tlsSecret } from "../builders/certificates.ts";
import { gatewayClass, gateway as gatewayObject, httpsListener, listener, prefix } from "../builders/objects.ts";
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

/** What clients of one HTTPS listener get: the status of an answer, or 0 where there is none. */
function statusOverTls(port: number, host: string): Promise<number> {
  const options = { host: "127.0.0.1", port, servername: host, headers: { host }, rejectUnauthorized: false, agent: false };
  return new Promise((resolve) => {
    get(options, (response) => resolve(response.resume().statusCode ?? 0)).on("error", () => resolve(0));
  });
}

/** A ClientTrafficPolicy for one listener, with a header that is taken from requests. */
const withoutHeaders = (target: string, pattern: string): object => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "ClientTrafficPolicy",
  metadata: { name: target, namespace: "default" },
  spec: {
    targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "eg", sectionName: target }],
    headers: { earlyRequestHeaders: { removeOnMatch: [{ type: "RegularExpression", value: pattern }] } },
  },
});

test("a listener that Envoy refuses goes on as it was, or serves nothing; its port is current, also on a new proxy", async (t) => {
  const backend = createEchoBackend();
  const [port, plainPort] = [await freePort(), await freePort()];
  const [backendPort, certificate] = [await listenAnywhere(backend), await issue(["*.test"])];
  const listeners = (...names: readonly string[]) => [
    gatewayClass(),
    gatewayObject("default/eg", [
      ...names.map((name) => httpsListener(name, ["cert"], { port, hostname: `${name}.test` })),
      listener("plain", { port: plainPort }),
    ]),
  ];
  const gateway = await startGateway({
    "gateway.yaml": listeners("a", "b"),
    "cert.yaml": [tlsSecret("default/cert", certificate)],
    "backend.yaml": [localBackend("echo", backendPort)],
    "routes.yaml": ["a", "b", "c", "d"].map((name) => good(name)),
  });
  t.after(async () => {
    await gateway.stop();
    backend.close();
  });
  const answers = (wanted: Readonly<Record<string, number>>) =>
    eventually(`never answered ${JSON.stringify(wanted)}`, async () => {
      for (const [name, status] of Object.entries(wanted))
        if ((await statusOverTls(port, `${name}.test`)) !== status) return undefined;
      return true;
    });
  const told = (name: string) =>
    eventually(`listener ${name} never told`, async () => {
      const status = gateway.controlPlane.pipeline.statuses.get("Gateway/default/eg")?.status as GatewayStatusBody | undefined;
      const conditions = status?.listeners.find((each) => each.name === name)?.conditions;
      return conditions?.find(({ type, status }) => type === "Programmed" && status === "False");
    });
  const plainAnswers = () =>
    eventually("plain HTTP never answered", async () =>
      (await ask(plainPort, "/", { host: "a.test" })).status === 200 ? true : undefined,
    );
  await answers({ a: 200, b: 200 });
  await plainAnswers();

  gateway.write("policy-plain.yaml", [withoutHeaders("plain", tooComplex)]);
  assert.match((await told("plain")).message, /which is kept as it was before: .*pattern too large/);
  gateway.write("policy-a.yaml", [withoutHeaders("a", tooComplex)]);
  const { reason, message } = await told("a");
  assert.equal(reason, "Invalid");
  assert.match(message, /^Envoy refused the listener's filter chain, which is kept as it was before: .*pattern too large/);
  gateway.write("policy-d.yaml", [withoutHeaders("d", tooComplex)]);
  gateway.write("gateway.yaml", listeners("a", "b", "c", "d"));
  assert.match((await told("d")).message, /which is replaced by one that serves nothing: .*pattern too large/);
  await answers({ a: 200, b: 200, c: 200, d: 0 });

  process.kill(gateway.envoyPid(), "SIGKILL");
  await answers({ a: 200, b: 200, c: 200, d: 0 });
  await plainAnswers();

  gateway.write("policy-d.yaml", [withoutHeaders("d", "x-.*")]);
  await answers({ a: 200, b: 200, c: 200, d: 200 });
  await gateway.condition("Gateway/default/eg", "Programmed", "True");
});
