import assert from "node:assert/strict";
import { request, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import type { KubeObject } from "../api/schema/metadata.ts";
import { createGraph } from "../graph/index.ts";
import { type AdminView, createAdminServer } from "./admin-server.ts";
import { createHealthServer } from "./health.ts";

function object(kind: string, name: string, more: object = {}): KubeObject {
  return { apiVersion: "v1", kind, metadata: { namespace: "default", name }, ...more } as KubeObject;
}

const view: AdminView = {
  version: "1.2.3",
  startTime: new Date("2026-01-01T00:00:00Z"),
  components: () => ({ provider: "Running" }),
  config: () => ({ kind: "EnvoyGateway" }),
  objects: () =>
    new Map([
      ["Gateway", [object("Gateway", "eg", { spec: { gatewayClassName: "eg" } })]],
      ["Secret", [object("Secret", "cert", { data: { "tls.key": "c2VjcmV0" } })]],
    ]),
  proxies: () => [],
  problems: () => [{ message: "something" }],
  graph: () => createGraph().describe(),
  explain: (subject) => (subject === "Gateway/default/eg" ? { object: subject } : undefined),
  metrics: { contentType: "text/plain", text: async () => "up 1\n" },
  profiles: false,
};

function ask(server: Server, path: string, options: { readonly host?: string; readonly method?: string } = {}) {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = { host: options.host ?? "127.0.0.1" };
    const outgoing = request(
      { port, host: "127.0.0.1", path, headers, method: options.method ?? "GET", agent: false },
      (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    outgoing.on("error", reject).end();
  });
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

describe("the admin API", () => {
  const server = createAdminServer(view, () => new Date("2026-01-01T00:01:05Z"));
  before(() => listen(server));
  after(() => server.close());
  const get = async (path: string) => JSON.parse((await ask(server, path)).body);

  test("tells version and uptime", async () => {
    const info = await get("/api/info");
    assert.equal(info.version, "1.2.3");
    assert.equal(info.uptime, "65s");
    assert.deepEqual((await get("/api/server_info")).components, [{ name: "provider", status: "Running" }]);
  });

  test("dumps names without a resource, and whole objects with one", async () => {
    assert.deepEqual((await get("/api/config_dump")).gateways, [{ name: "eg", namespace: "default" }]);
    const dump = await get("/api/config_dump?resource=gateway");
    assert.equal(dump.gateways[0].spec.gatewayClassName, "eg");
    assert.equal("secrets" in dump, false);
  });

  test("never shows the content of a Secret", async () => {
    for (const resource of ["all", "secret", "secrets"]) {
      const { body } = await ask(server, `/api/config_dump?resource=${resource}`);
      assert.match(body, /"cert"/);
      assert.doesNotMatch(body, /c2VjcmV0/);
    }
  });

  test("names the kinds there are when asked for another", async () => {
    const { status, body } = await ask(server, "/api/config_dump?resource=teapot");
    assert.equal(status, 400);
    assert.match(body, /unknown resource "teapot": there are all, gateway, secret/);
  });

  test("shows the graph as JSON and as a diagram", async () => {
    assert.ok(Array.isArray((await get("/debug/graph")).nodes));
    assert.match((await ask(server, "/debug/graph?format=mermaid")).body, /^(flowchart|graph) /);
  });

  test("refuses what a web page could send by rebinding a name", async () => {
    assert.equal((await ask(server, "/api/info", { host: "evil.example" })).status, 403);
    assert.equal((await ask(server, "/api/info", { host: "localhost:19000" })).status, 200);
    assert.equal((await ask(server, "/api/info", { host: "[::1]:19000" })).status, 200);
  });

  test("changes nothing: other methods are refused, unknown paths say what there is", async () => {
    assert.equal((await ask(server, "/api/info", { method: "POST" })).status, 405);
    const missing = await ask(server, "/nothing");
    assert.equal(missing.status, 404);
    assert.match(missing.body, /\/api\/proxies/);
  });
});

test("health: healthz answers at once, readyz when nothing is missing", async () => {
  let missing: string | undefined = "no objects read yet";
  const server = createHealthServer(() => missing);
  await listen(server);
  assert.equal((await ask(server, "/healthz")).status, 200);
  const early = await ask(server, "/readyz");
  assert.deepEqual(early, { status: 503, body: "not ready: no objects read yet\n" });
  assert.equal((await ask(server, "/healthz/anything")).status, 503);
  missing = undefined;
  assert.equal((await ask(server, "/readyz")).status, 200);
  assert.equal((await ask(server, "/else")).status, 404);
  server.close();
});

describe("what the admin API refuses to do", () => {
  const server = createAdminServer(view);
  const profiling = createAdminServer({ ...view, profiles: true });
  before(() => Promise.all([listen(server), listen(profiling)]));
  after(() => {
    server.close();
    profiling.close();
  });

  test("it takes no profiles unless they are switched on", async () => {
    const { status, body } = await ask(server, "/debug/pprof/heap");
    assert.equal(status, 403);
    assert.match(body, /admin\.enablePprof: true/);
    assert.equal((await ask(profiling, "/debug/pprof/")).status, 200);
    assert.equal((await ask(profiling, "/debug/pprof/nothing")).status, 404);
    assert.equal((await ask(profiling, "/debug/pprof/profile?seconds=0")).status, 400);
    assert.equal((await ask(profiling, "/debug/pprof/profile?seconds=1e9")).status, 400);
    const profile = await ask(profiling, "/debug/pprof/profile?seconds=0.05");
    assert.ok(JSON.parse(profile.body).nodes.length > 0);
  });

  test("it explains nothing that is not there, and says what to ask for", async () => {
    assert.equal((await ask(server, "/api/explain?of=Gateway/default/eg")).status, 200);
    const missing = await ask(server, "/api/explain?of=Gateway/default/other");
    assert.equal(missing.status, 404);
    assert.match(missing.body, /there is no Gateway\/default\/other; give KIND\/NAMESPACE\/NAME/);
    assert.match((await ask(server, "/api/explain")).body, /say what to explain/);
  });
});
