/** What ClientTrafficPolicies say of TLS, and of connections without HTTP, observed by handshakes and traffic through a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { connect as connectTcp, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { Listener } from "../../src/api/gateway/listener.ts";
import { makeAuthority, type TestAuthority } from "../builders/authority.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { backendObjectRef, configMap, parent, tcpRoute } from "../builders/objects.ts";
import { type ClientTraffic, open, startClientTraffic, untilEnd } from "./client-traffic.ts";
import { eventually } from "./eventually.ts";
import { listenAnywhere } from "./free-port.ts";
import { localBackend } from "./objects.ts";
import { converse, createTcpEcho } from "./stream-backends.ts";

const certificateRefs = [{ group: "", kind: "Secret", name: "cert" }];
const https: Partial<Listener> = { protocol: "HTTPS", tls: { mode: "Terminate", certificateRefs } };
const ca = { group: "", kind: "ConfigMap", name: "ca" };
const caCertificateRefs = [ca];
const xfcc = { xForwardedClientCert: { mode: "SanitizeSet", certDetailsToAdd: ["DNS"] } } as const;

const listeners = {
  modern: { listener: https, policy: { tls: { minVersion: "1.3", alpnProtocols: ["http/1.1"] } } },
  old: { listener: https, policy: { tls: { maxVersion: "1.2", ciphers: ["ECDHE-ECDSA-AES256-GCM-SHA384"] } } },
  resumed: { listener: https, policy: { tls: { session: { resumption: { stateless: {} } } } } },
  known: { listener: https, policy: { tls: { clientValidation: { caCertificateRefs } }, headers: xfcc } },
  given: { listener: https, policy: { tls: { clientValidation: { caCertificateRefs, mode: "VerifyIfGiven" } }, headers: xfcc } },
  any: { listener: https, policy: { tls: { clientValidation: { mode: "RequireAny" } } } },
  called: {
    listener: https,
    policy: {
      tls: { clientValidation: { caCertificateRefs, subjectAltNames: { dnsNames: [{ type: "Suffix", value: ".good.test" }] } } },
    },
  },
  revoked: { listener: https, policy: { tls: { clientValidation: { caCertificateRefs, crl: { refs: [ca] } } } } },
  tcp: {
    listener: { protocol: "TCP" },
    policy: {
      proxyProtocol: {},
      connection: { maxAcceptPerSocketEvent: 1, connectionLimit: { value: 1 } },
      timeout: { tcp: { idleTimeout: "300ms" } },
    },
  },
  ended: {
    listener: { protocol: "TLS", tls: { mode: "Terminate", certificateRefs } },
    policy: { tls: { clientValidation: { caCertificateRefs }, alpnProtocols: ["mqtt"] } },
  },
} as const;

describe("a ClientTrafficPolicy", () => {
  let traffic: ClientTraffic<keyof typeof listeners>;
  let authority: TestAuthority;
  let server: TestCertificate;
  let echo: Server;
  let good: TestCertificate;
  let bad: TestCertificate;
  let stranger: TestCertificate;

  before(async () => {
    [authority, server, stranger] = await Promise.all([makeAuthority(), issue(["a.test"]), issue(["x.good.test"])]);
    [good, bad] = await Promise.all([authority.issue(["x.good.test"]), authority.issue(["x.bad.test"])]);
    echo = createTcpEcho("echo");
    const echoPort = await listenAnywhere(echo);
    const crl = await authority.revoke([bad]);
    const at = (sectionName: string) => ({ parentRefs: [parent("default/eg", { sectionName })] });
    traffic = await startClientTraffic(listeners, {
      "cert.yaml": [tlsSecret("default/cert", server)],
      "ca.yaml": [configMap("default/ca", { "ca.crt": authority.certificate, "ca.crl": crl })],
      "streams.yaml": [
        localBackend("stream", echoPort),
        ...["tcp", "ended"].map((name) => tcpRoute(`default/${name}`, [backendObjectRef("stream")], at(name))),
      ],
    });
  });

  after(async () => {
    await traffic?.stop();
    echo?.close();
  });

  type Name = keyof typeof listeners;

  /** Shakes hands; rejects where the proxy does not want to. */
  async function shake(name: Name, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const ALPNProtocols = ["h2", "http/1.1"];
    const socket = connect({
      port: traffic.ports[name],
      host: "127.0.0.1",
      ca: server.certificate,
      servername: "a.test",
      ALPNProtocols,
      ...options,
    });
    await once(socket, "secureConnect");
    return socket;
  }

  interface Told {
    readonly status: number | undefined;
    readonly headers: Readonly<Record<string, readonly string[]>>;
  }

  /** What the backend was told of a client with a certificate, or without one; undefined where the client was turned away. */
  function askAs(
    name: Name,
    client?: TestCertificate,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told | undefined> {
    const own = client === undefined ? {} : { cert: client.certificate, key: client.key };
    const options = {
      ...{ host: "127.0.0.1", port: traffic.ports[name], servername: "a.test", ca: server.certificate, agent: false },
      ...{ path: "/", headers: { host: "a.test", ...headers }, ...own },
    };
    return new Promise((resolve) => {
      request(options, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (data) => (body += data));
        response.on("error", () => resolve(undefined));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.statusCode === 200 ? JSON.parse(body).headers : {} }),
        );
      })
        .on("error", () => resolve(undefined))
        .end();
    });
  }

  test("bounds the versions of TLS, and says what may be negotiated", async () => {
    const modern = await shake("modern");
    assert.equal(modern.getProtocol(), "TLSv1.3");
    assert.equal(modern.alpnProtocol, "http/1.1");
    await assert.rejects(shake("modern", { maxVersion: "TLSv1.2" }));
    const old = await shake("old");
    assert.equal(old.getProtocol(), "TLSv1.2");
    assert.equal(old.getCipher().name, "ECDHE-ECDSA-AES256-GCM-SHA384");
    assert.equal(old.alpnProtocol, "h2");
    for (const socket of [modern, old]) socket.destroy();
  });

  test("lets sessions be resumed where it says so", async () => {
    const again = async (name: Name) => {
      const first = await shake(name, { maxVersion: "TLSv1.2" });
      const session = first.getSession();
      first.destroy();
      const second = await shake(name, { maxVersion: "TLSv1.2", ...(session && { session }) });
      const reused = second.isSessionReused();
      second.destroy();
      return reused;
    };
    assert.equal(await again("resumed"), true);
    assert.equal(await again("old"), false);
  });

  test("turns away clients without a valid certificate, and tells backends of those that have one", async () => {
    const told = await askAs("known", good, { "x-forwarded-client-cert": "DNS=forged.test" });
    assert.match(told?.headers["X-Forwarded-Client-Cert"]?.[0] ?? "", /^Hash=[0-9a-f]{64};DNS=x\.good\.test$/);
    assert.equal(await askAs("known"), undefined);
    assert.equal(await askAs("known", stranger), undefined);
  });

  test("takes clients without a certificate, or with any, where its mode says so", async () => {
    assert.equal((await askAs("given"))?.status, 200);
    assert.equal((await askAs("given", good))?.status, 200);
    assert.equal(await askAs("given", stranger), undefined);
    assert.equal((await askAs("any", stranger))?.status, 200);
    assert.equal(await askAs("any"), undefined);
  });

  test("takes only certificates of the names that it says, which were not revoked", async () => {
    assert.equal((await askAs("called", good))?.status, 200);
    assert.equal(await askAs("called", bad), undefined);
    assert.equal((await askAs("revoked", good))?.status, 200);
    assert.equal(await askAs("revoked", bad), undefined);
    assert.equal((await askAs("known", bad))?.status, 200);
  });

  test("holds for connections without HTTP, too", async () => {
    const header = "PROXY TCP4 203.0.113.7 198.51.100.1 4000 80\r\n";
    const first = await open(traffic.ports.tcp);
    first.write(header);
    await once(first, "data");
    const second = connectTcp(traffic.ports.tcp, "127.0.0.1");
    second.write(header);
    assert.equal(await untilEnd(second), "");
    assert.equal(await untilEnd(first), "");
    assert.equal(await untilEnd(connectTcp(traffic.ports.tcp, "127.0.0.1").end("no header\n")), "");
    const own = { cert: good.certificate, key: good.key, ALPNProtocols: ["mqtt"] };
    const ended = await shake("ended", own);
    assert.equal(ended.alpnProtocol, "mqtt");
    assert.equal((await converse(ended, "hello")).echo, "hello");
    await assert.rejects(shake("ended", { maxVersion: "TLSv1.2" }));
  });

  test("without the CA certificates that it names closes its listener, and says so", async () => {
    assert.equal((await askAs("known", good))?.status, 200);
    const missing = [{ ...ca, name: "missing" }];
    traffic.setPolicy("known", { tls: { clientValidation: { caCertificateRefs: missing } } });
    const { message } = await traffic.gateway.condition("ClientTrafficPolicy/default/known", "Accepted", "False");
    assert.match(message, /caCertificateRefs\[0\]: ConfigMap default\/missing does not exist/);
    await eventually("nobody is served", async () => ((await askAs("known", good))?.status === 500 ? true : undefined));
    assert.equal((await askAs("known"))?.status, 500);
  });
});
