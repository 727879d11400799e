/** HTTP/3, observed by requests over QUIC through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { request } from "node:https";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import {
  clientTrafficPolicy,
  configMap,
  gatewayClass,
  gateway as gatewayObject,
  httpsListener,
  prefix,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { echoOf } from "./http-client.ts";
import { type Http3Client, startHttp3Client } from "./http3-client.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

describe("HTTP/3", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let backend: Server;
  let certificates: Record<"a" | "b", TestCertificate>;
  let client: Http3Client;

  const policy = (spec: object) => [clientTrafficPolicy("default/p", [{ name: "eg" }], spec)];

  before(async () => {
    const [a, b] = await Promise.all([issue(["a.test"]), issue(["b.test"])]);
    certificates = { a, b };
    backend = createEchoBackend({ pod: "echo" });
    const echoPort = await listenAnywhere(backend);
    port = await freePort();
    const listeners = (["a", "b"] as const).map((name) => httpsListener(name, [name], { port, hostname: `${name}.test` }));
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners)],
      "backend.yaml": [localBackend("echo", echoPort)],
      "certs.yaml": [tlsSecret("default/a", a), tlsSecret("default/b", b)],
      "routes.yaml": ["a", "b"].map((name) => routeFor(name, `${name}.test`, [ruleTo([prefix("/")])])),
      "policy.yaml": policy({ http3: {} }),
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    await gateway.condition("ClientTrafficPolicy/default/p", "Accepted", "True");
    client = await startHttp3Client(port, "a.test", a.certificate);
  });

  after(async () => {
    await client?.stop();
    await gateway?.stop();
    backend?.close();
  });

  /** The header alt-svc of an answer to a client that came by HTTP/1.1. */
  const offered = (host = "a.test") =>
    new Promise<unknown>((resolve, reject) => {
      const ca = [certificates.a.certificate, certificates.b.certificate];
      const options = { host: "127.0.0.1", port, path: "/", servername: host, headers: { host }, ca, agent: false };
      request(options, (response) => response.resume().on("end", () => resolve(response.headers["alt-svc"])))
        .on("error", reject)
        .end();
    });

  test("is offered to clients, who get the same answers by it", async () => {
    assert.equal(await offered(), `h3=":${port}"; ma=86400`);
    const echo = echoOf(await client.ask("/over-quic", { host: "a.test" }));
    assert.equal(echo.path, "/over-quic");
    assert.equal(await client.connections(), 1);
    assert.match(
      await gateway.envoyAdmin("/stats?filter=downstream_cx_http3_total"),
      /https-\d+\.downstream_cx_http3_total: [1-9]/,
    );
  });

  test("reaches the listener that the server name is for, with its certificate", async () => {
    const other = await startHttp3Client(port, "b.test", certificates.b.certificate);
    const stranger = await startHttp3Client(port, "b.test", certificates.a.certificate);
    try {
      assert.equal(echoOf(await other.ask("/b", { host: "b.test" })).host, "b.test");
      assert.equal((await stranger.ask("/", { host: "b.test" })).status, 503);
    } finally {
      await Promise.all([other.stop(), stranger.stop()]);
    }
  });

  test("is not offered where certificates of clients are checked, which the policy tells", async () => {
    gateway.write("ca.yaml", [configMap("default/ca", { "ca.crt": certificates.a.certificate })]);
    const caCertificateRefs = [{ group: "", kind: "ConfigMap", name: "ca" }];
    gateway.write("policy.yaml", policy({ http3: {}, tls: { clientValidation: { mode: "VerifyIfGiven", caCertificateRefs } } }));
    const warning = await gateway.condition("ClientTrafficPolicy/default/p", "Warning", "True");
    assert.equal(warning.reason, "UnsupportedHTTP3ClientValidation");
    await eventually("HTTP/3 is offered no more", async () => ((await offered()) === undefined ? true : undefined));
    await eventually("nobody is let in by HTTP/3", async () => {
      const late = await startHttp3Client(port, "a.test", certificates.a.certificate);
      const { status } = await late.ask("/", { host: "a.test" });
      await late.stop();
      return status === 503 ? true : undefined;
    });
  });

  test("goes with its policy", async () => {
    gateway.write("policy.yaml", policy({ http3: {} }));
    await eventually("HTTP/3 is offered again", async () => ((await offered()) === undefined ? undefined : true));
    await eventually("requests by HTTP/3 are answered again", async () =>
      (await client.ask("/", { host: "a.test" })).status === 200 ? true : undefined,
    );
    gateway.remove("policy.yaml");
    await eventually("HTTP/3 is offered no more", async () => ((await offered()) === undefined ? true : undefined));
  });
});
