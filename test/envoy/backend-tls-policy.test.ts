/** BackendTLSPolicies, observed from the backends through a real Envoy. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { Http2SecureServer } from "node:http2";
import { after, before, describe, test } from "node:test";
import type { BackendTLSPolicy } from "../../src/api/gateway/backend-tls-policy.ts";
import type { HTTPBackendRef } from "../../src/api/gateway/http-route.ts";
import { issue, type TestCertificate } from "../builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  backendTlsPolicy,
  clusterTrustBundle,
  configMap,
  endpointSlice,
  importedSlice,
  importRef,
  prefix,
  service,
  serviceImport,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, routeFor, ruleTo } from "./objects.ts";
import { createTlsBackend, type SeenConnection } from "./tls-backend.ts";

type Validation = Partial<BackendTLSPolicy["spec"]["validation"]>;

const backendTarget = { group: "gateway.envoyproxy.io", kind: "Backend" };
const importTarget = { group: "multicluster.x-k8s.io", kind: "ServiceImport" };
const trusting = (kind: string, name: string) => ({ caCertificateRefs: [{ group: "", kind, name }] });

/** What policies say, by the host that their routes are for. The backend's certificate is for `tls.test`. */
const validations: Readonly<Record<string, Validation>> = {
  "good.test": { hostname: "tls.test" },
  "other-name.test": { hostname: "stranger.test" },
  "wrong-ca.test": { hostname: "tls.test", ...trusting("ConfigMap", "wrong-ca") },
  "missing-ca.test": { hostname: "tls.test", ...trusting("ConfigMap", "none") },
  "bundle.test": { hostname: "tls.test", ...trusting("ClusterTrustBundle", "all") },
  "alternative.test": { hostname: "stranger.test", subjectAltNames: [{ type: "Hostname", hostname: "tls.test" }] },
  "uri.test": { hostname: "tls.test", subjectAltNames: [{ type: "URI", uri: "spiffe://tls.test/app" }] },
};

describe("BackendTLSPolicy", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let server: Http2SecureServer;
  let plainServer: Server;
  let tlsPort: number;
  let plainPort: number;
  let certificate: TestCertificate;
  let other: TestCertificate;

  const route = (name: string, host: string, reference: HTTPBackendRef) =>
    routeFor(name, host, [ruleTo([prefix("/")], [], [reference])]);
  const secured = { ports: [{ name: "http", port: 0, protocol: "TCP" as const }] };

  before(async () => {
    [certificate, other] = await Promise.all([issue(["tls.test"]), issue(["tls.test"], { commonName: "other" })]);
    server = createTlsBackend(certificate);
    tlsPort = await listenAnywhere(server);
    plainServer = createServer((_request, response) => response.end("{}"));
    plainPort = await listenAnywhere(plainServer);
    port = await freePort();
    const ports = secured.ports.map((one) => ({ ...one, port: tlsPort }));
    const objects = Object.entries(validations).flatMap(([host, validation], i) => [
      service(`default/s${i}`),
      endpointSlice(`default/s${i}`, ["127.0.0.1"], { ports }),
      backendTlsPolicy(`default/p${i}`, [{ name: `s${i}`, sectionName: "http" }], validation),
      route(`r${i}`, host, backendRef(`s${i}`)),
    ]);
    const imported = [
      serviceImport("default/imported"),
      { ...importedSlice("default/imported", ["127.0.0.1"]), ports },
      backendTlsPolicy("default/imported", [{ ...importTarget, name: "imported" }], { hostname: "tls.test" }),
      route("imported", "imported.test", importRef("imported")),
    ];
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "routes.yaml": [...objects, ...imported],
      "ca.yaml": [
        configMap("default/ca", { "ca.crt": certificate.certificate }),
        configMap("default/wrong-ca", { "ca.crt": other.certificate }),
        clusterTrustBundle("all", `${other.certificate}\n${certificate.certificate}`),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    server?.close();
    plainServer?.close();
  });

  /** What the backend saw of a request for `host`, or the status of the proxy's own answer. */
  async function seen(host: string): Promise<SeenConnection | number> {
    const { status, body } = await ask(port, "/", { host });
    return status === 200 ? JSON.parse(body) : status;
  }

  test("a backend is asked for the policy's host name and reached with the right certificate", async () => {
    const expected = { servername: "tls.test", alpn: "h2" };
    assert.deepEqual(await seen("good.test"), expected);
    assert.deepEqual(await seen("bundle.test"), expected);
    assert.deepEqual(await seen("imported.test"), expected);
    assert.deepEqual(await seen("alternative.test"), { ...expected, servername: "stranger.test" });
    await gateway.condition("BackendTLSPolicy/default/p0", "Accepted", "True");
  });

  test("a certificate of another authority, or without the name that is wanted, is not taken: 503", async () => {
    for (const host of ["other-name.test", "wrong-ca.test", "uri.test"]) assert.equal(await seen(host), 503, host);
  });

  test("a policy without CA certificates answers 500 until they come", async () => {
    assert.equal(await seen("missing-ca.test"), 500);
    await gateway.condition("BackendTLSPolicy/default/p3", "ResolvedRefs", "False");
    gateway.write("late.yaml", [configMap("default/none", { "ca.crt": certificate.certificate })]);
    await eventually("the backend was never reached", async () =>
      typeof (await seen("missing-ca.test")) === "object" ? true : undefined,
    );
  });

  test("authorities and the backend's certificate are renewed without losing a request", async () => {
    const authorities = (...trusted: readonly TestCertificate[]) => [
      configMap("default/rotating", { "ca.crt": trusted.map((one) => one.certificate).join("\n") }),
    ];
    const rotating = createTlsBackend(certificate);
    const endpoints = [{ ip: { address: "127.0.0.1", port: await listenAnywhere(rotating) } }];
    try {
      gateway.write("rotating-ca.yaml", authorities(certificate));
      gateway.write("rotating.yaml", [
        // HTTP/1.1, so that every request needs a handshake of its own.
        backend("default/rotating", endpoints, { tls: { insecureSkipVerify: false, alpnProtocols: ["http/1.1"] } }),
        backendTlsPolicy("default/rotating", [{ ...backendTarget, name: "rotating" }], {
          hostname: "tls.test",
          ...trusting("ConfigMap", "rotating"),
        }),
        route("rotating", "rotating.test", backendObjectRef("rotating")),
      ]);
      await eventually("the route never came", async () =>
        typeof (await seen("rotating.test")) === "object" ? true : undefined,
      );
      const lost: number[] = [];
      const ends = async (what: string, isOver: () => Promise<boolean>) => {
        await eventually(what, async () => {
          const answer = await seen("rotating.test");
          if (typeof answer === "number") lost.push(answer);
          return (await isOver()) ? true : undefined;
        });
      };
      const updates = async () => {
        const stats = await gateway.envoyAdmin("/stats?filter=ssl_context_update_by_sds");
        return [...stats.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
      };
      const before = await updates();
      gateway.write("rotating-ca.yaml", authorities(certificate, other));
      await ends("the second authority was never trusted", async () => (await updates()) > before);
      rotating.setSecureContext({ cert: other.certificate, key: other.key });
      for (let round = 0; round < 20; round++) await ends("the new certificate is taken", async () => true);
      gateway.write("rotating-ca.yaml", authorities(other));
      for (let round = 0; round < 20; round++) await ends("the old authority goes", async () => true);
      assert.deepEqual(lost, []);
    } finally {
      rotating.close();
    }
  });

  test("a policy comes and goes with its backend's TLS, without losing a request", async () => {
    // Objects that go away are given a moment to turn up elsewhere, so the policy turns to another target instead.
    const moving = (to: number, target = "elsewhere") => [
      backend("default/moving", [{ ip: { address: "127.0.0.1", port: to } }]),
      backendTlsPolicy("default/moving", [{ ...backendTarget, name: target }], { hostname: "tls.test" }),
      route("moving", "moving.test", backendObjectRef("moving")),
    ];
    const lost: number[] = [];
    const reached = async (isSecured: boolean) => {
      await eventually("it never moved", async () => {
        const answer = await seen("moving.test");
        if (typeof answer === "number") lost.push(answer);
        return typeof answer === "object" && (answer.servername === "tls.test") === isSecured ? true : undefined;
      });
    };
    gateway.write("moving.yaml", moving(plainPort));
    await reached(false);
    lost.length = 0;
    for (let round = 0; round < 3; round++) {
      gateway.write("moving.yaml", moving(tlsPort, "moving"));
      await reached(true);
      gateway.write("moving.yaml", moving(plainPort));
      await reached(false);
    }
    assert.deepEqual(lost, []);
  });
});
