/** TLS between proxies and backends, observed from the backends through a real Envoy. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { Http2SecureServer } from "node:http2";
import { after, before, describe, test } from "node:test";
import type { Backend, BackendEndpoint } from "../../src/api/envoy/backend.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { backend, backendObjectRef, configMap, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, routeFor, ruleTo } from "./objects.ts";
import { clientDigest, createTlsBackend, type SeenConnection } from "./tls-backend.ts";

describe("TLS to backends", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let server: Http2SecureServer;
  let plainServer: Server;
  let tlsPort: number;
  let plainPort: number;
  /** The CA certificate of the backend. */
  let trusted: string;
  let client: TestCertificate;
  let renewedClient: TestCertificate;
  let other: TestCertificate;

  const ca = { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }] };
  const wrongCa = { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "wrong-ca" }] };
  const clientCertificateRef = { group: "", kind: "Secret", name: "client" };

  type Tls = Partial<NonNullable<Backend["spec"]["tls"]>>;

  /** The Backends, by the host that their routes are for. */
  const backends: Readonly<Record<string, { readonly tls: Tls; readonly endpoint?: Partial<BackendEndpoint> }>> = {
    "tls.test": { tls: ca },
    "stranger.test": { tls: ca },
    "wrong-ca.test": { tls: wrongCa },
    "named.test": { tls: { ...ca, sni: "tls.test" } },
    "endpoint.test": { tls: { ...ca, autoSNIFromEndpointHostname: true }, endpoint: { hostname: "tls.test" } },
    "unchecked.test": { tls: { insecureSkipVerify: true } },
    "client.test": { tls: { ...ca, sni: "tls.test", clientCertificateRef, alpnProtocols: ["http/1.1"] } },
    "silent.test": { tls: { ...ca, sni: "tls.test", alpnProtocols: [] } },
    "rotating.test": {
      tls: {
        caCertificateRefs: [{ group: "", kind: "Secret", name: "rotating-ca" }],
        sni: "tls.test",
        alpnProtocols: ["http/1.1"],
      },
    },
    "old.test": { tls: { ...ca, sni: "tls.test", minVersion: "1.1", maxVersion: "1.1" } },
  };

  before(async () => {
    const [certificate, ...rest] = await Promise.all([issue(["tls.test"]), issue(["c"]), issue(["c"]), issue(["tls.test"])]);
    [client, renewedClient, other] = rest;
    server = createTlsBackend(certificate);
    trusted = certificate.certificate;
    tlsPort = await listenAnywhere(server);
    plainServer = createServer((_request, response) => response.end("{}"));
    plainPort = await listenAnywhere(plainServer);
    port = await freePort();
    const objects = Object.entries(backends).flatMap(([host, { tls, endpoint }], i) => {
      const endpoints = [{ ip: { address: "127.0.0.1", port: tlsPort }, ...endpoint }];
      return [
        backend(`default/b${i}`, endpoints, { tls: { insecureSkipVerify: false, ...tls } }),
        routeFor(`r${i}`, host, [ruleTo([prefix("/")], [], [backendObjectRef(`b${i}`)])]),
      ];
    });
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "routes.yaml": objects,
      "ca.yaml": [
        configMap("default/ca", { "ca.crt": certificate.certificate }),
        configMap("default/wrong-ca", { "ca.crt": other.certificate }),
      ],
      "rotating.yaml": [rotatingCa(certificate)],
      "client.yaml": [tlsSecret("default/client", client)],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    server?.close();
    plainServer?.close();
  });

  function rotatingCa({ certificate }: TestCertificate) {
    const data = { "ca.crt": Buffer.from(certificate).toString("base64") };
    return { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "rotating-ca" }, data };
  }

  /** What the backend saw of a request for `host`, or the status of the proxy's own answer. */
  async function seen(host: string): Promise<SeenConnection | number> {
    const { status, body } = await ask(port, "/", { host });
    return status === 200 ? JSON.parse(body) : status;
  }

  test("a backend with a certificate for the request's host is reached, and HTTP/2 is agreed on", async () => {
    assert.deepEqual(await seen("tls.test"), { servername: "tls.test", alpn: "h2" });
  });

  test("a certificate for another host, or of another authority, is not taken: 503", async () => {
    assert.equal(await seen("stranger.test"), 503);
    assert.equal(await seen("wrong-ca.test"), 503);
  });

  test("the server name may be given, or be that of the endpoint", async () => {
    assert.deepEqual(await seen("named.test"), { servername: "tls.test", alpn: "h2" });
    assert.deepEqual(await seen("endpoint.test"), { servername: "tls.test", alpn: "h2" });
  });

  test("nothing is checked where that is asked for", async () => {
    assert.deepEqual(await seen("unchecked.test"), { servername: "unchecked.test", alpn: "h2" });
  });

  test("without application protocols only HTTP/1.1 is offered", async () => {
    assert.deepEqual(await seen("silent.test"), { servername: "tls.test", alpn: "http/1.1" });
  });

  test("versions of TLS that the backend does not speak lead to 503", async () => {
    assert.equal(await seen("old.test"), 503);
  });

  test("the proxy authenticates itself, and a renewed certificate is presented without touching the cluster", async () => {
    assert.deepEqual(await seen("client.test"), { servername: "tls.test", alpn: "http/1.1", client: clientDigest(client) });
    gateway.write("client.yaml", [tlsSecret("default/client", renewedClient)]);
    await eventually("the renewed certificate was never presented", async () => {
      const found = await seen("client.test");
      return typeof found === "object" && found.client === clientDigest(renewedClient) ? found : undefined;
    });
  });

  test("new CA certificates count for new connections", async () => {
    assert.deepEqual(await seen("rotating.test"), { servername: "tls.test", alpn: "http/1.1" });
    gateway.write("rotating.yaml", [rotatingCa(other)]);
    await eventually("the old CA certificate was never given up", async () =>
      (await seen("rotating.test")) === 503 ? true : undefined,
    );
  });

  test("a backend moves to TLS and back without losing a request", async () => {
    const plain = [{ ip: { address: "127.0.0.1", port: plainPort } }];
    const secured = [{ ip: { address: "127.0.0.1", port: tlsPort } }];
    const moving = (endpoints: Backend["spec"]["endpoints"], tls?: Tls) => [
      backend("default/moving", endpoints ?? [], tls === undefined ? {} : { tls: { insecureSkipVerify: false, ...tls } }),
      routeFor("moving", "moving.test", [ruleTo([prefix("/")], [], [backendObjectRef("moving")])]),
    ];
    const lost: number[] = [];
    const reached = async (isThere: (answer: SeenConnection | number) => boolean) => {
      await eventually("it never moved", async () => {
        const answer = await seen("moving.test");
        if (typeof answer === "number") lost.push(answer);
        return isThere(answer) ? true : undefined;
      });
    };
    const isPlain = (answer: SeenConnection | number) => typeof answer === "object" && answer.servername === undefined;
    gateway.write("moving.yaml", moving(plain));
    await eventually("the route never came", async () => (isPlain(await seen("moving.test")) ? true : undefined));
    for (const round of [1, 2, 3]) {
      // A CA certificate of its own, so that each move needs a secret that the proxy does not have.
      const caName = `moving-ca-${round}`;
      const refs = { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: caName }], sni: "tls.test" };
      const certificates = configMap(`default/${caName}`, { "ca.crt": trusted });
      gateway.write("moving.yaml", [...moving(secured, refs), certificates]);
      await reached((answer) => !isPlain(answer));
      gateway.write("moving.yaml", moving(plain));
      await reached(isPlain);
    }
    assert.deepEqual(lost, []);
  });

  test("a Backend whose CA certificate is gone answers 500 and says why", async () => {
    gateway.remove("rotating.yaml");
    const { reason } = await gateway.condition("HTTPRoute/default/r8", "ResolvedRefs", "False");
    assert.equal(reason, "InvalidBackendTLS");
    await eventually("no answer of 500", async () => ((await seen("rotating.test")) === 500 ? true : undefined));
  });
});
