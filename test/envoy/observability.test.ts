/** What the control plane tells about itself while it runs: metrics, explanations, dumps without secrets. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run } from "./child-program.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

/** Every type of Secret that Kubernetes knows, each with content that must never be shown. */
const secretTypes: Readonly<Record<string, readonly string[]>> = {
  Opaque: ["password"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/basic-auth": ["username", "password"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/service-account-token": ["token"],
  "bootstrap.kubernetes.io/token": ["token-secret"],
};
const canary = "canary-4711";
const inBase64 = Buffer.from(canary).toString("base64");

const secrets = Object.entries(secretTypes).flatMap(([type, keys], number) => {
  const secret = { apiVersion: "v1", kind: "Secret", type };
  const applied = JSON.stringify({ stringData: { a: canary } });
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": applied };
  return [
    {
      ...secret,
      metadata: { name: `data-${number}`, annotations },
      data: Object.fromEntries(keys.map((key) => [key, inBase64])),
    },
    { ...secret, metadata: { name: `string-${number}` }, stringData: Object.fromEntries(keys.map((key) => [key, canary])) },
    { ...secret, metadata: { name: `wrong-${number}` }, data: { a: `${canary}!` }, extra: canary },
  ];
});
const listenerWith = (name: string) => ({
  name,
  port: 1,
  protocol: "HTTPS",
  hostname: `${name}.test`,
  tls: { certificateRefs: [{ name: "data-1" }] },
});

// A suite of its own: its proxies run only as long as it does.
describe("a running control plane", () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    const port = await freePort();
    const [gatewayClass, eg] = gatewayOn(port);
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass ?? {}, eg ?? {}, localBackend("echo", 1)],
      "route.yaml": [
        routeFor("app", "app.test", [ruleTo([{ path: { type: "PathPrefix", value: "/one" } }])]),
        { ...routeFor("lost", "lost.test", []), spec: { parentRefs: [{ name: "nowhere" }] } },
      ],
      "secrets.yaml": secrets,
      "tls.yaml": [
        {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "Gateway",
          metadata: { name: "tls" },
          spec: { gatewayClassName: "eg", listeners: [{ ...listenerWith("a"), port: await freePort() }] },
        },
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });
  after(() => gateway.stop());

  const admin = async (path: string) => ask(gateway.controlPlane.ports.admin, path);
  const adminJson = async (path: string) => JSON.parse((await admin(path)).body);

  test("metrics have the names of Envoy Gateway and tell the state", async () => {
    const port = gateway.controlPlane.ports.metrics ?? 0;
    const value = async (series: string) => {
      const { body } = await ask(port, "/metrics");
      return Number(
        body
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length + 1),
      );
    };
    await eventually("the fleet is synced", async () =>
      (await value('envoy_gateway_proxies_synced{fleet="default/eg"}')) === 1 ? true : undefined,
    );
    assert.equal(await value('envoy_gateway_proxies_connected{fleet="default/eg"}'), 1);
    assert.equal(await value('envoy_gateway_objects{kind="HTTPRoute"}'), 2);
    assert.equal(await value('xds_snapshot_create_total{nodeID="default/eg",status="success"}'), 1);
    assert.ok((await value('watchable_subscribe_total{runner="xds",message="xds-ir",status="success"}')) >= 1);
    assert.ok((await value('status_update_total{kind="Gateway",status="success"}')) >= 2);
    assert.equal(await value('envoy_gateway_graph_entries{collection="HTTPRoute"}'), 2);
    assert.equal(await value("envoy_gateway_rejected_objects"), Object.keys(secretTypes).length);
    const conditions = 'envoy_gateway_bad_conditions{kind="Gateway",condition="ResolvedRefs",reason="InvalidCertificateRef"}';
    assert.equal(await value(conditions), 1);
    assert.equal((await ask(port, "/other")).status, 404);
    assert.equal((await admin("/api/metrics")).body.includes("watchable_depth"), true);
  });

  test("explains why a route is served, and why one is not", async () => {
    const served = await adminJson("/api/explain?of=HTTPRoute/default/app");
    assert.deepEqual(served.problems, []);
    assert.deepEqual(served.resources.map(({ type }: { readonly type: string }) => type).sort(), [
      "Cluster",
      "ClusterLoadAssignment",
      "RouteConfiguration",
    ]);
    assert.deepEqual(served.fleets, [{ fleet: "default/eg", connected: 1, synced: true, problems: [] }]);
    const lost = await adminJson("/api/explain?of=HTTPRoute/default/lost");
    assert.match(lost.problems[0].message, /no parent is a Gateway of this controller/);
    const refused = await adminJson("/api/explain?of=Secret/default/wrong-0");
    assert.equal(refused.inForce, false);
    assert.match(refused.problems[0].subject, /secrets\.yaml:\d+/);
    assert.equal((await admin("/api/explain?of=HTTPRoute/default/other")).status, 404);
  });

  test("explains what a resource was made from, and why it was made again", async () => {
    const { resources } = await adminJson("/api/explain?of=HTTPRoute/default/app");
    const { fleet, type, name } = resources.find((found: { readonly type: string }) => found.type === "Cluster");
    const explained = await adminJson(`/api/explain?of=${encodeURIComponent(`${type}/${fleet}/${name}`)}`);
    assert.ok(explained.objects.includes("HTTPRoute/default/app"), String(explained.objects));
    assert.ok(explained.steps.some(({ collection }: { readonly collection: string }) => collection === "HTTPRoute"));
    assert.deepEqual(explained.references, [`ClusterLoadAssignment/${fleet}/${name}`]);
  });

  test("never shows the content of a Secret, whatever its type: not in dumps, problems, explanations, metrics or the log", async () => {
    const dumped = await adminJson("/api/config_dump?resource=secret");
    assert.equal(dumped.secrets.length, 2 * Object.keys(secretTypes).length);
    const paths = [
      "/api/config_dump?resource=all",
      "/api/config_dump?resource=secret",
      "/api/config_dump",
      "/api/server_info",
      "/api/problems",
      "/api/proxies",
      "/api/metrics",
      "/api/explain?of=Secret/default/data-1",
      "/api/explain?of=Gateway/default/tls",
      "/debug/graph",
    ];
    const told = [gateway.log(), ...(await Promise.all(paths.map(async (path) => (await admin(path)).body)))];
    for (const [number, text] of told.entries()) {
      assert.ok(text.length > 20, paths[number - 1]);
      for (const secret of [canary, inBase64])
        assert.equal(text.includes(secret), false, `${secret} in ${paths[number - 1] ?? "the log"}`);
    }
  });

  test("egctl shows what the control plane and its proxies have", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "egctl-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const egctl = async (...args: readonly string[]) => {
      const program = run("bin/egctl", [...args, "--admin", `127.0.0.1:${gateway.controlPlane.ports.admin}`]);
      const code = await program.ended;
      return { code, out: program.stdout(), all: program.output() };
    };
    const [status, routes, objects, stats, explained, collected] = await Promise.all([
      egctl("x", "status", "xroute", "-A"),
      egctl("config", "envoy-proxy", "route", "eg"),
      egctl("config", "envoy-gateway", "httproute", "-o", "yaml"),
      egctl("x", "stats", "envoy-proxy", "default/eg"),
      egctl("x", "explain", "HTTPRoute/default/lost"),
      egctl("x", "collect", "-o", join(folder, "report")),
    ]);
    assert.deepEqual(
      [status, routes, objects, stats, explained, collected].map(({ code }) => code),
      [0, 0, 0, 0, 0, 0],
    );
    assert.match(status.out, /^NAMESPACE {3}NAME .*\ndefault {5}httproute\/app +ResolvedRefs +True +ResolvedRefs\n +Accepted/);
    assert.match(JSON.parse(routes.out).default.eg["@type"], /RoutesConfigDump$/);
    assert.match(objects.out, /^httpRoutes:\n {2}- apiVersion: /);
    assert.match(stats.out, /^# TYPE envoy_/);
    assert.match(explained.out, /^HTTPRoute\/default\/lost is not in order\n {2}problem: .*spec\.parentRefs/);
    assert.deepEqual(readdirSync(join(folder, "report/proxies/default/eg")).sort(), [
      "certs.json",
      "clusters.txt",
      "config-dump.json",
      "listeners.txt",
      "stats.txt",
    ]);
    assert.doesNotMatch(readFileSync(join(folder, "report/objects.json"), "utf8"), new RegExp(`${canary}|${inBase64}`));
  });

  test("egctl says what is wrong", async () => {
    const admin = ["--admin", `127.0.0.1:${gateway.controlPlane.ports.admin}`];
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["x", "status", "teapot", ...admin], /unknown resource "teapot": there are all, gatewayclass/],
      [["config", "envoy-proxy", "all", "other", ...admin], /no proxy other: there are default\/eg/],
      [["x", "explain", "HTTPRoute/default/other", ...admin], /there is no HTTPRoute\/default\/other/],
      [
        ["x", "status", "all", "--admin", `127.0.0.1:${await freePort()}`],
        /no control plane answers at .* is envoy-gateway running/,
      ],
    ];
    await Promise.all(
      wrong.map(async ([args, message]) => {
        const program = run("bin/egctl", args);
        assert.equal(await program.ended, 1);
        assert.match(program.output(), message);
      }),
    );
  });

  test("takes no profiles unless the configuration allows it", async () => {
    assert.deepEqual(await admin("/debug/pprof/heap").then(({ status }) => status), 403);
  });
});
