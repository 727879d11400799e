import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { watchCertificates } from "../../src/certificates/certificate-watch.ts";
import { ensureLocalCertificates, readLocalCertificates } from "../../src/certificates/local-certificates.ts";
import type { SyncReport } from "../../src/ir/infra.ts";
import { typeUrls, type XdsResource } from "../../src/xds/resource.ts";
import { createXdsServer, type XdsServer } from "../../src/xds/server/server.ts";
import { createXdsStore } from "../../src/xds/server/store.ts";
import { eventually } from "../envoy/eventually.ts";
import { freePort, listenOn } from "../envoy/free-port.ts";
import { type Envoy, request, startEnvoy } from "./envoy-process.ts";
import { realResource } from "./messages.ts";
import { drop, put, scope } from "./resources.ts";

const ads = { ads: {}, resourceApiVersion: "V3" };
const quiet = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => assert.fail(message) };

function cluster(name: string, connectTimeout = "1s"): XdsResource {
  const json = { name, type: "EDS", connectTimeout, edsClusterConfig: { edsConfig: ads } };
  return realResource(scope, "Cluster", name, json, [{ type: "ClusterLoadAssignment", name }]);
}

function endpointsAt(name: string, server: Server): XdsResource {
  const { port } = server.address() as AddressInfo;
  const address = { socketAddress: { address: "127.0.0.1", portValue: port } };
  return realResource(scope, "ClusterLoadAssignment", name, {
    clusterName: name,
    endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }],
  });
}

function routesTo(name: string): XdsResource {
  const virtualHosts = [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: name } }] }];
  return realResource(scope, "RouteConfiguration", "routes", { name: "routes", virtualHosts }, [{ type: "Cluster", name }]);
}

/** @param port 0: any */
function httpListener(name = "http", port = 0): XdsResource {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    statPrefix: "http",
    rds: { routeConfigName: "routes", configSource: ads },
    httpFilters: [
      {
        name: "envoy.filters.http.router",
        typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  const json = {
    name,
    address: { socketAddress: { address: "127.0.0.1", portValue: port } },
    filterChains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typedConfig: manager }] }],
  };
  return realResource(scope, "Listener", name, json, [{ type: "RouteConfiguration", name: "routes" }]);
}

async function backend(answer: string): Promise<Server> {
  const server = createServer((_, response) => response.end(answer));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

for (const variant of ["delta", "sotw"] as const) {
  describe(`Envoy over ${variant}`, () => {
    const store = createXdsStore();
    let configHome: string;
    let server: XdsServer;
    let port: number;
    let envoy: Envoy;
    let blue: Server;
    let green: Server;
    let report: SyncReport | undefined;

    const startServer = async (on: number) => {
      const certificates = (await readLocalCertificates(configHome))["envoy-gateway"];
      server = createXdsServer({ store, certificates, log: quiet, drainMs: 100, reportDelayMs: 0 });
      server.onReport((_, next) => {
        report = next;
      });
      port = await server.listen(on, "127.0.0.1");
    };
    const reportThat = (fulfils: (report: SyncReport) => boolean) =>
      eventually("such a report", () => (report && fulfils(report) ? report : undefined));
    const fetch = async () => request(`http://127.0.0.1:${await envoy.portOf("http")}/`);
    const synced = () => reportThat((each) => each.connected === 1 && each.synced);

    before(async () => {
      configHome = await mkdtemp(join(tmpdir(), "xds-config-"));
      const { folders } = await ensureLocalCertificates(configHome);
      await startServer(await freePort());
      [blue, green] = await Promise.all([backend("blue"), backend("green")]);
      store.apply([put(cluster("blue")), put(endpointsAt("blue", blue)), put(httpListener()), put(routesTo("blue"))]);
      envoy = await startEnvoy({ variant, xdsPort: port, node: `envoy-${variant}`, scope, certificates: folders.envoy });
    });
    after(async () => {
      await envoy.stop();
      await server.close();
      blue.close();
      green.close();
      await rm(configHome, { recursive: true, force: true });
    });

    it("takes the configuration and answers a request with it", async () => {
      assert.deepEqual(await synced(), { scope, connected: 1, synced: true, serving: true, rejections: [] });
      assert.deepEqual(await fetch(), { status: 200, body: "blue" });
    });

    it("moves traffic to a new cluster without losing a request, and drops the old one", async () => {
      const target = `http://127.0.0.1:${await envoy.portOf("http")}/`;
      store.apply([put(cluster("green")), put(endpointsAt("green", green)), put(routesTo("green"))]);
      store.apply([drop("Cluster", "blue"), drop("ClusterLoadAssignment", "blue")]);
      for (let answer = ""; answer !== "green"; ) {
        const { status, body } = await request(target);
        assert.equal(status, 200, body);
        answer = body;
      }
      await eventually("the old cluster is gone", async () =>
        (await envoy.admin("/clusters")).includes("blue::") ? undefined : true,
      );
      assert.deepEqual(await request(target), { status: 200, body: "green" });
    });

    it("goes on serving while a changed cluster warms, with its endpoints sent again", async () => {
      store.apply([put(cluster("green", "2s"))]);
      await synced();
      await eventually("the cluster is warm", async () =>
        (await envoy.admin("/stats?filter=cluster_manager.warming_clusters")).includes(": 0") ? true : undefined,
      );
      assert.deepEqual(await fetch(), { status: 200, body: "green" });
      assert.match(await envoy.admin("/config_dump?resource=dynamic_active_clusters"), /"connect_timeout": "2s"/);
    });

    it("refuses a bad cluster, which is reported; what is good is taken", async () => {
      store.apply([put(cluster("bad", "-1s")), put(cluster("good")), put(endpointsAt("good", blue))]);
      const { rejections } = await reportThat((each) => each.rejections.length > 0);
      assert.deepEqual(
        rejections.map(({ typeUrl, resources }) => ({ typeUrl, resources })),
        [{ typeUrl: typeUrls.Cluster, resources: ["bad"] }],
      );
      assert.match(rejections[0]?.message ?? "", /duration/i);
      await eventually("the good one is there", async () =>
        (await envoy.admin("/clusters")).includes("good::") ? true : undefined,
      );
      store.apply([drop("Cluster", "bad"), drop("Cluster", "good"), drop("ClusterLoadAssignment", "good")]);
      await synced();
      await eventually("the good one is gone", async () =>
        (await envoy.admin("/clusters")).includes("good::") ? undefined : true,
      );
    });

    it("is sent a listener again whose port was taken; the others serve meanwhile", async () => {
      const other = createServer();
      const taken = await listenOn(other, await freePort());
      store.apply([put(httpListener("taken", taken))]);
      const { rejections } = await reportThat((each) => each.rejections.length > 0);
      const message = `cannot bind '127.0.0.1:${taken}': Address already in use`;
      assert.deepEqual(rejections, [{ typeUrl: typeUrls.Listener, resources: ["taken"], message, unbound: true }]);
      assert.deepEqual(await fetch(), { status: 200, body: "green" });
      await new Promise((resolve) => other.close(resolve));
      await synced();
      assert.deepEqual(await request(`http://127.0.0.1:${taken}/`), { status: 200, body: "green" });
      store.apply([drop("Listener", "taken")]);
    });

    it("comes back with renewed certificates and is sent nothing that it has", async () => {
      const before = (await readLocalCertificates(configHome))["envoy-gateway"];
      const renewed = new Promise<void>((resolve) => {
        const watch = watchCertificates(join(configHome, "certs", "envoy-gateway"), before, {
          settleMs: 10,
          onProblem: () => {},
          onChange(material) {
            server.setCertificates(material);
            watch.close();
            resolve();
          },
        });
      });
      await ensureLocalCertificates(configHome, { overwrite: true });
      await renewed;
      await server.close();
      report = undefined;
      await startServer(port);
      await synced();
      const sent = server.syncState()[0]?.types.find(({ type }) => type === "RouteConfiguration")?.lastNonce !== "";
      assert.equal(sent, variant === "sotw", "only SotW has to send everything again");
      assert.deepEqual(await fetch(), { status: 200, body: "green" });
    });
  });
}
