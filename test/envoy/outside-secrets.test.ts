/** Secrets from an SDS server beside the proxy, observed by handshakes through a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Http2SecureServer } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { issue, secret, type TestCertificate } from "../builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  backendTlsPolicy,
  envoyProxy,
  gatewayClass,
  gateway as gatewayObject,
  httpsListener,
  prefix,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { routeFor, ruleTo } from "./objects.ts";
import { authorityOf, certificateOf, type SecretServer, startSecretServer } from "./secret-server.ts";
import { clientDigest, createTlsBackend } from "./tls-backend.ts";

describe("secrets from an SDS server", () => {
  let folder: string;
  let secrets: SecretServer;
  let gateway: GatewayUnderTest;
  let server: Http2SecureServer;
  let port: number;
  let web: TestCertificate;
  let renewed: TestCertificate;
  let client: TestCertificate;

  before(async () => {
    const [first, second, own, ofBackend] = await Promise.all([
      issue(["a.test"]),
      issue(["a.test"]),
      issue(["proxy"], { of: "clients" }),
      issue(["backend.test"]),
    ]);
    [web, renewed, client] = [first, second, own];
    folder = mkdtempSync(join(tmpdir(), "sds-"));
    const socket = join(folder, "socket");
    secrets = await startSecretServer(socket);
    secrets.put(certificateOf("web", web));
    secrets.put(certificateOf("me", client));
    secrets.put(authorityOf("roots", ofBackend));
    server = createTlsBackend(ofBackend);
    const tlsPort = await listenAnywhere(server);
    port = await freePort();
    const from = (key: string, secretName: string) =>
      secret(key, { secretName, url: `unix://${socket}` }, "gateway.envoyproxy.io/sds");
    const backendTLS = { clientCertificateRef: { group: "", kind: "Secret", name: "me" }, alpnProtocols: ["http/1.1"] };
    const files = {
      "gateway.yaml": [
        gatewayClass("eg", "default/proxy"),
        envoyProxy("default/proxy", { backendTLS }),
        gatewayObject("default/eg", [httpsListener("a", ["web"], { port, hostname: "a.test" })]),
      ],
      "secrets.yaml": [from("default/web", "web"), from("default/me", "me"), from("default/roots", "roots")],
      "route.yaml": [
        backend("default/b", [{ ip: { address: "127.0.0.1", port: tlsPort } }]),
        backendTlsPolicy("default/p", [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "b" }], {
          hostname: "backend.test",
          caCertificateRefs: [{ group: "", kind: "Secret", name: "roots" }],
        }),
        routeFor("r", "a.test", [ruleTo([prefix("/")], [], [backendObjectRef("b")])]),
      ],
    };
    gateway = await startGateway(files, { enableSDSSecretRef: true });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    secrets?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  /** The digest of the certificate that the listener presents. */
  async function presented(): Promise<string> {
    const socket = connect({ host: "127.0.0.1", port, servername: "a.test", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256.replaceAll(":", "").toLowerCase();
  }

  function ask(): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, servername: "a.test", headers: { host: "a.test" }, rejectUnauthorized: false };
      request({ ...options, agent: false }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      })
        .on("error", reject)
        .end();
    });
  }

  test("are presented to clients, and to backends, whose certificates are checked by others of them", async () => {
    assert.equal(await presented(), clientDigest(web));
    const answer = await eventually("the backend was never reached", async () => {
      const { status, body } = await ask();
      return status === 200 ? body : undefined;
    });
    assert.deepEqual(JSON.parse(answer), { servername: "backend.test", alpn: "http/1.1", client: clientDigest(client) });
  });

  test("are renewed by their server, without a word to the control plane", async () => {
    secrets.put(certificateOf("web", renewed));
    await eventually("the renewed certificate was never presented", async () =>
      (await presented()) === clientDigest(renewed) ? true : undefined,
    );
  });
});
