import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { type CertificateSet, issueCertificates } from "../../src/certificates/issue.ts";
import type { SyncReport } from "../../src/ir/infra.ts";
import { typeUrls } from "../../src/xds/resource.ts";
import { authorizeByNodeCluster } from "../../src/xds/server/authorizer.ts";
import { createXdsServer, type XdsServer, type XdsServerOptions } from "../../src/xds/server/server.ts";
import { createXdsStore, type XdsStore } from "../../src/xds/server/store.ts";
import { ManualClock } from "../builders/manual-clock.ts";
import { freePort } from "../envoy/free-port.ts";
import { XdsClient } from "./grpc-client.ts";
import { drop, edsCluster, endpoints, listener, put, resource, routes, scope } from "./resources.ts";

const node = { id: "proxy-1", cluster: scope };
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error: (fields: object, message: string) => assert.fail(`${message}: ${JSON.stringify(fields)}`),
};

interface Running {
  readonly store: XdsStore;
  readonly server: XdsServer;
  readonly port: number;
  client(tls?: ConstructorParameters<typeof XdsClient>[1]): XdsClient;
  stop(): Promise<void>;
}

let certificates: CertificateSet;
let foreign: CertificateSet;

async function start(options: Partial<XdsServerOptions> = {}): Promise<Running> {
  const store = createXdsStore();
  const server = createXdsServer({
    store,
    certificates: certificates["envoy-gateway"],
    log: quiet,
    reportDelayMs: 0,
    ...options,
  });
  const port = await server.listen(await freePort(), "127.0.0.1");
  const clients: XdsClient[] = [];
  return {
    store,
    server,
    port,
    client(tls = certificates.envoy) {
      const client = new XdsClient(port, tls);
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      await server.close();
    },
  };
}

/** Resolves with the first report of the scope that fulfils the condition. */
function reported(server: XdsServer, fulfils: (report: SyncReport | undefined) => boolean): Promise<SyncReport | undefined> {
  return new Promise((resolve) => {
    const unsubscribe = server.onReport((_scope, report) => {
      if (!fulfils(report)) return;
      setImmediate(() => unsubscribe());
      resolve(report);
    });
  });
}

function names(message: Record<string, unknown>): string[] {
  return (message.resources as { name: string }[]).map(({ name }) => name).sort();
}

/** The type URLs and contents of a SotW response. */
function values(message: Record<string, unknown>): string[] {
  return (message.resources as { value: Uint8Array }[]).map(({ value }) => Buffer.from(value).toString()).sort();
}

before(async () => {
  [certificates, foreign] = await Promise.all([issueCertificates({ local: true }), issueCertificates({ local: true })]);
});

describe("xDS server and a gRPC client", () => {
  let running: Running;
  before(async () => {
    running = await start();
    running.store.apply([
      put(edsCluster("a")),
      put(endpoints("a")),
      put(listener("l", "1", ["r"])),
      put(routes("r", "1", ["a"])),
    ]);
  });
  after(() => running.stop());

  it("serves Delta ADS", async () => {
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Cluster });
    const first = await call.message();
    assert.equal(first.typeUrl, typeUrls.Cluster);
    assert.deepEqual(names(first), ["a"]);
    const [cluster] = first.resources as { version: string; resource: { typeUrl: string; value: Uint8Array } }[];
    assert.equal(cluster?.version, "1");
    assert.equal(cluster?.resource.typeUrl, typeUrls.Cluster);
    assert.equal(Buffer.from(cluster?.resource.value ?? []).toString(), "a@1");
    call.send({ typeUrl: typeUrls.Cluster, responseNonce: first.nonce as string });
    call.send({ typeUrl: typeUrls.ClusterLoadAssignment, resourceNamesSubscribe: ["a", "missing"] });
    const second = await call.message();
    assert.deepEqual([names(second), second.removedResources], [["a"], ["missing"]]);
    call.cancel();
  });

  it("serves SotW ADS", async () => {
    const call = running.client().sotw();
    call.send({ node, typeUrl: typeUrls.Cluster });
    const first = await call.message();
    assert.deepEqual(values(first), ["a@1"]);
    call.send({ typeUrl: typeUrls.Cluster, versionInfo: first.versionInfo as string, responseNonce: first.nonce as string });
    call.send({ typeUrl: typeUrls.ClusterLoadAssignment, resourceNames: ["a"] });
    const second = await call.message();
    assert.deepEqual(values(second), ["a@1"]);
    call.send({ typeUrl: typeUrls.RouteConfiguration, resourceNames: ["r"] });
    call.send({ typeUrl: typeUrls.ClusterLoadAssignment, resourceNames: ["a"], responseNonce: second.nonce as string });
    assert.deepEqual(values(await call.message()), ["r@1"]);
    call.cancel();
  });

  for (const [service, resources, type] of [
    ["listener.v3.ListenerDiscoveryService", "Listeners", "Listener"],
    ["route.v3.RouteDiscoveryService", "Routes", "RouteConfiguration"],
    ["cluster.v3.ClusterDiscoveryService", "Clusters", "Cluster"],
    ["endpoint.v3.EndpointDiscoveryService", "Endpoints", "ClusterLoadAssignment"],
    ["secret.v3.SecretDiscoveryService", "Secrets", "Secret"],
  ] as const) {
    it(`serves ${service}`, async () => {
      running.store.apply([put(resource("Secret", "s", "1"))]);
      const client = running.client();
      const delta = client.call(service, `Delta${resources}`);
      delta.send({ node });
      assert.equal((await delta.message()).typeUrl, typeUrls[type]);
      delta.cancel();
      const sotw = client.call(service, `Stream${resources}`);
      sotw.send({ node, typeUrl: typeUrls[type] });
      assert.equal((await sotw.message()).typeUrl, typeUrls[type]);
      sotw.cancel();
      const wrong = client.call(service, `Delta${resources}`);
      wrong.send({ node, typeUrl: type === "Cluster" ? typeUrls.Listener : typeUrls.Cluster });
      assert.equal((await wrong.status()).code, 3);
    });
  }

  it("pushes a change to every client of the scope, and only to those", async () => {
    const [one, two, other] = [running.client().delta(), running.client().delta(), running.client().delta()];
    const first = await Promise.all(
      [one, two].map((call, at) => {
        call.send({ node: { ...node, id: `pushed-${at}` }, typeUrl: typeUrls.Cluster });
        return call.message();
      }),
    );
    other.send({ node: { id: "elsewhere", cluster: "default/other" }, typeUrl: typeUrls.Cluster });
    assert.deepEqual(names(await other.message()), []);
    for (const [at, call] of [one, two].entries())
      call.send({ typeUrl: typeUrls.Cluster, responseNonce: first[at]?.nonce as string });
    running.store.apply([put(resource("Cluster", "pushed", "1"))]);
    assert.deepEqual([names(await one.message()), names(await two.message())], [["pushed"], ["pushed"]]);
    running.store.apply([drop("Cluster", "pushed")]);
    for (const call of [one, two, other]) call.cancel();
  });

  it("sends resources larger than the windows of HTTP/2", async () => {
    const content = Buffer.alloc(3_000_000, 7);
    running.store.apply([put({ ...resource("Secret", "large", "1"), chunks: [content] })]);
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Secret, resourceNamesSubscribe: ["large"] });
    const [received] = (await call.message()).resources as { resource: { value: Uint8Array } }[];
    assert.ok(Buffer.from(received?.resource.value ?? []).equals(content));
    call.cancel();
    running.store.apply([drop("Secret", "large")]);
  });

  it("sends many small pieces whole, to several clients at once and again after a change", async () => {
    const contentOf = (edition: number) =>
      Array.from({ length: 20_000 }, (_, at) => Buffer.from(`${edition}/${at};`.padEnd(50, "-")));
    const calls = [0, 1, 2].map((at) => {
      const call = running.client().delta();
      running.store.apply([put({ ...resource("Secret", "pieces", "0"), chunks: contentOf(0) })]);
      call.send({ node: { ...node, id: `pieces-${at}` }, typeUrl: typeUrls.Secret, resourceNamesSubscribe: ["pieces"] });
      return call;
    });
    for (const edition of [0, 1, 2, 3]) {
      if (edition > 0) running.store.apply([put({ ...resource("Secret", "pieces", `${edition}`), chunks: contentOf(edition) })]);
      const messages = await Promise.all(calls.map((call) => call.message()));
      for (const [at, { resources, nonce }] of messages.entries()) {
        const [received] = resources as { resource: { value: Uint8Array } }[];
        assert.ok(Buffer.from(received?.resource.value ?? []).equals(Buffer.concat(contentOf(edition))));
        calls[at]?.send({ typeUrl: typeUrls.Secret, responseNonce: nonce as string });
      }
    }
    for (const call of calls) call.cancel();
    running.store.apply([drop("Secret", "pieces")]);
  });

  it("refuses a client without node.id", async () => {
    const call = running.client().delta();
    call.send({ node: { cluster: scope }, typeUrl: typeUrls.Cluster });
    assert.equal((await call.status()).code, 3);
  });

  it("ends only the call that sent garbage", async () => {
    const client = running.client();
    const good = client.delta();
    good.send({ node, typeUrl: typeUrls.Listener });
    await good.message();
    const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
    for (const garbage of ["ffffffffffffffffffffff", "0aff01", "12", "0a", "1203ffffff", "0b", "00"]) {
      const bad = client.raw(
        path,
        () => Buffer.from(garbage, "hex"),
        () => ({}),
      );
      bad.send({});
      assert.equal((await bad.status()).code, 3, garbage);
    }
    good.send({ typeUrl: typeUrls.Cluster });
    assert.equal((await good.message()).typeUrl, typeUrls.Cluster);
    good.cancel();
  });

  it("refuses unknown and unary methods", async () => {
    const client = running.client();
    for (const method of [
      "discovery.v3.AggregatedDiscoveryService/Nothing",
      "cluster.v3.ClusterDiscoveryService/FetchClusters",
    ]) {
      const call = client.raw(
        `/envoy.service.${method}`,
        () => Buffer.alloc(0),
        () => ({}),
      );
      call.send({});
      assert.equal((await call.status()).code, 12);
    }
  });

  it("takes a listed type that it does not serve without an answer", async () => {
    const call = running.client().delta();
    call.send({ node, typeUrl: "type.googleapis.com/envoy.service.runtime.v3.Runtime" });
    call.send({ typeUrl: typeUrls.Cluster });
    assert.equal((await call.message()).typeUrl, typeUrls.Cluster);
    call.cancel();
  });

  it("reports what proxies took and refused", async () => {
    const call = running.client().delta();
    const reportNode = { id: "reporting", cluster: "default/report" };
    const mine = (value: ReturnType<typeof put>) => ({ ...value, scope: "default/report" });
    const ours = (report: SyncReport | undefined) => report?.scope === "default/report";
    running.store.apply([mine(put(edsCluster("a"))), mine(put(listener("l", "1", [])))]);
    const unsynced = reported(running.server, (report) => ours(report) && report?.synced === false);
    call.send({ node: reportNode, typeUrl: typeUrls.Cluster });
    const clusters = await call.message();
    assert.equal((await unsynced)?.connected, 1);
    const synced = reported(running.server, (report) => ours(report) && report?.synced === true);
    call.send({ typeUrl: typeUrls.Cluster, responseNonce: clusters.nonce as string });
    call.send({ typeUrl: typeUrls.Listener });
    call.send({ typeUrl: typeUrls.Listener, responseNonce: (await call.message()).nonce as string });
    await synced;
    const refused = reported(running.server, (report) => ours(report) && report?.rejections.length === 1);
    running.store.apply([mine(put(edsCluster("bad")))]);
    const error = "Error adding/updating cluster(s) bad: no";
    call.send({
      typeUrl: typeUrls.Cluster,
      responseNonce: (await call.message()).nonce as string,
      errorDetail: { code: 13, message: error },
    });
    assert.deepEqual(await refused, {
      scope: "default/report",
      connected: 1,
      synced: false,
      serving: true,
      rejections: [{ typeUrl: typeUrls.Cluster, resources: ["bad"], message: error }],
    });
    const state = running.server.syncState().find((each) => each.node === "reporting");
    assert.deepEqual(state?.types.find(({ type }) => type === "Cluster")?.rejected, [{ name: "bad", message: error }]);
    const mended = reported(running.server, (report) => ours(report) && report?.synced === true);
    running.store.apply([mine(put(edsCluster("bad", "2")))]);
    call.send({ typeUrl: typeUrls.Cluster, responseNonce: (await call.message()).nonce as string });
    await mended;
    const withoutListener = reported(running.server, (report) => ours(report) && report?.serving === false);
    running.store.apply([mine(put(listener("l", "2", [])))]);
    await withoutListener;
    const gone = new Promise<void>((resolve) => {
      running.server.onReport((which, report) => which === "default/report" && report === undefined && resolve());
    });
    call.cancel();
    await gone;
  });
});

describe("xDS server and clients that may not read", () => {
  let running: Running;
  before(async () => {
    running = await start({ authorizer: authorizeByNodeCluster(["envoy"]), maxReceiveMessageSize: 1000 });
    running.store.apply([put(edsCluster("secret"))]);
  });
  after(() => running.stop());

  const refused: readonly (readonly [string, () => ConstructorParameters<typeof XdsClient>[1]])[] = [
    ["plaintext", () => "plaintext"],
    ["no certificate", () => ({ anonymousTrusting: certificates.envoy.ca })],
    ["a certificate of another CA", () => ({ ...foreign.envoy, ca: certificates.envoy.ca })],
  ];
  for (const [what, tls] of refused) {
    it(`gives nothing to ${what}`, async () => {
      const call = running.client(tls()).delta();
      call.send({ node, typeUrl: typeUrls.Cluster });
      assert.equal((await call.status()).code, 14);
    });
  }

  it("gives nothing to a certificate that the authorizer does not know", async () => {
    const call = running.client(certificates["envoy-rate-limit"]).delta();
    call.send({ node, typeUrl: typeUrls.Cluster });
    assert.equal((await call.status()).code, 7);
  });

  it("closes raw plaintext connections without a byte of configuration", async () => {
    const socket = connectTcp(running.port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
    });
    socket.on("error", () => {});
    await once(socket, "close");
    assert.ok(received.length < 16, received.toString("latin1"));
  });

  it("speaks TLS 1.3 only", async () => {
    const { ca, key, certificate: cert } = certificates.envoy;
    const socket = connectTls({
      port: running.port,
      host: "127.0.0.1",
      servername: "localhost",
      ca,
      key,
      cert,
      maxVersion: "TLSv1.2",
      ALPNProtocols: ["h2"],
    });
    const [error] = await once(socket, "error");
    assert.match(String(error), /version|alert/i);
  });

  it("refuses messages that are too long before they arrive", async () => {
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Cluster, resourceNamesSubscribe: ["x".repeat(2000)] });
    assert.equal((await call.status()).code, 8);
  });
});

describe("xDS server over time", () => {
  it("takes new certificates without dropping streams", async () => {
    const running = await start();
    running.store.apply([put(edsCluster("a"))]);
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Cluster });
    call.send({ typeUrl: typeUrls.Cluster, responseNonce: (await call.message()).nonce as string });
    running.server.setCertificates(foreign["envoy-gateway"]);
    const fresh = running.client(foreign.envoy).delta();
    fresh.send({ node, typeUrl: typeUrls.Cluster });
    assert.deepEqual(names(await fresh.message()), ["a"]);
    const old = running.client(certificates.envoy).delta();
    old.send({ node, typeUrl: typeUrls.Cluster });
    assert.equal((await old.status()).code, 14);
    running.store.apply([put(edsCluster("b"))]);
    assert.deepEqual(names(await call.message()), ["b"]);
    await running.stop();
  });

  it("ends calls when their connection is old, and the client comes back", async () => {
    const clock = new ManualClock();
    const running = await start({ clock, connections: { maxAgeMs: 3000, maxAgeGraceMs: 1000 } });
    running.store.apply([put(edsCluster("a"))]);
    const client = running.client();
    const call = client.delta();
    call.send({ node, typeUrl: typeUrls.Cluster });
    await call.message();
    clock.advance(4000);
    assert.equal((await call.status()).code, 14);
    const again = client.delta();
    again.send({ node, typeUrl: typeUrls.Cluster, initialResourceVersions: { a: "1" } });
    assert.deepEqual(names(await again.message()), []);
    await running.stop();
  });

  it("waits with every answer until the store is filled: a proxy from before is not told that all it has is gone", async () => {
    const filled = Promise.withResolvers<void>();
    const running = await start({ storeFilled: filled.promise });
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Listener, initialResourceVersions: { "http-80": "old" } });
    const answer = call.message();
    assert.equal(await Promise.race([answer, sleep(200, "nothing")]), "nothing");
    running.store.apply([put(listener("http-80", "new", []))]);
    filled.resolve();
    const message = await answer;
    assert.deepEqual([names(message), message.removedResources], [["http-80"], []]);
    await running.stop();
  });

  it("says that it goes when it closes, and frees its port", async () => {
    const running = await start();
    const call = running.client().sotw();
    call.send({ node, typeUrl: typeUrls.Cluster });
    await call.message();
    const [status] = await Promise.all([call.status(), running.server.close()]);
    assert.equal(status.code, 14);
    const next = createXdsServer({ store: running.store, certificates: certificates["envoy-gateway"], log: quiet });
    assert.equal(await next.listen(running.port, "127.0.0.1"), running.port);
    const third = createXdsServer({ store: running.store, certificates: certificates["envoy-gateway"], log: quiet });
    await assert.rejects(third.listen(running.port, "127.0.0.1"), { code: "EADDRINUSE" });
    await next.close();
    await running.stop().catch(() => {});
  });

  it("waits for no client that never says anything when it closes", { timeout: 8_000 }, async () => {
    const running = await start();
    const silent = connectTcp(running.port, "127.0.0.1");
    await once(silent, "connect");
    const gone = once(silent, "close");
    // Connections are taken in their order: with the answer to a later one, the server has the silent one, too.
    const call = running.client().sotw();
    call.send({ node, typeUrl: typeUrls.Cluster });
    await call.message();
    await running.server.close();
    await gone;
  });
});

describe("xDS server and clients with tokens", () => {
  let running: Running;
  const asked: string[] = [];
  before(async () => {
    const tokens: XdsServerOptions["tokens"] = async (token) => {
      asked.push(token);
      if (token !== "good") return undefined;
      return { subject: "pod", scopeOf: ({ id, cluster }) => (id === node.id && cluster === scope ? scope : undefined) };
    };
    running = await start({ tokens });
    running.store.apply([put(edsCluster("secret"))]);
  });
  after(() => running.stop());

  const anonymous = (token?: string) => ({ anonymousTrusting: certificates.envoy.ca, ...(token && { token }) });
  const services = [
    ["discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources"],
    ["discovery.v3.AggregatedDiscoveryService", "StreamAggregatedResources"],
    ["cluster.v3.ClusterDiscoveryService", "StreamClusters"],
    ["cluster.v3.ClusterDiscoveryService", "DeltaClusters"],
  ] as const;
  for (const [service, method] of services) {
    it(`${method} answers a token that is good for the node, and no other`, async () => {
      const good = running.client(anonymous("good")).call(service, method);
      good.send({ node, typeUrl: typeUrls.Cluster });
      assert.deepEqual((await good.message()).typeUrl, typeUrls.Cluster);
      for (const [token, other, code] of [
        [undefined, node, 16],
        ["bad", node, 16],
        ["good", { ...node, id: "proxy-2" }, 7],
        ["good", { ...node, cluster: "default/other" }, 7],
      ] as const) {
        const call = running.client(anonymous(token)).call(service, method);
        call.send({ node: other, typeUrl: typeUrls.Cluster });
        assert.equal((await call.status()).code, code, `${token} ${JSON.stringify(other)}`);
      }
    });
  }

  it("still answers certificates of its CA, without asking about tokens, and none of another", async () => {
    asked.length = 0;
    const call = running.client().delta();
    call.send({ node, typeUrl: typeUrls.Cluster });
    await call.message();
    assert.deepEqual(asked, []);
    const other = running.client({ ...foreign.envoy, ca: certificates.envoy.ca }).delta();
    other.send({ node, typeUrl: typeUrls.Cluster });
    assert.equal((await other.status()).code, 16);
  });
});
