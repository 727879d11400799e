/** HTTP/2 connections that clients use for several hosts, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { gatewayClass, gateway as gatewayObject, httpsListener, prefix } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

/** The status of a request for a host on a connection; rejects where it does not speak HTTP/2. */
function ask(session: ClientHttp2Session, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": "/", ":authority": host });
    stream.on("response", ({ ":status": status = 0 }) => resolve(status));
    stream.on("error", reject).resume().end();
  });
}

describe("an HTTP/2 connection", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let backend: Server;
  let certificate: TestCertificate;

  before(async () => {
    certificate = await issue(["*.a.test", "b.test"]);
    backend = createEchoBackend({ pod: "echo" });
    const echoPort = await listenAnywhere(backend);
    port = await freePort();
    const listeners = [
      httpsListener("wild", ["cert"], { port, hostname: "*.a.test" }),
      httpsListener("one", ["cert"], { port, hostname: "one.a.test" }),
      httpsListener("b", ["cert"], { port, hostname: "b.test" }),
    ];
    const hosts = ["two.a.test", "one.a.test", "b.test"];
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners)],
      "backend.yaml": [localBackend("echo", echoPort)],
      "cert.yaml": [tlsSecret("default/cert", certificate)],
      "routes.yaml": hosts.map((host, i) => routeFor(`r${i}`, host, [ruleTo([prefix("/")])])),
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    backend?.close();
  });

  /** The statuses of requests for hosts, one after the other on one connection that was made for `servername`. */
  async function statuses(servername: string, hosts: readonly string[]): Promise<readonly number[]> {
    const session = connect(`https://127.0.0.1:${port}`, { servername, rejectUnauthorized: false });
    try {
      const found: number[] = [];
      for (const host of hosts) found.push(await ask(session, host));
      return found;
    } finally {
      session.destroy();
    }
  }

  test("serves its own host, and says 421 for those of other listeners: clients then make another one", async () => {
    assert.deepEqual(await statuses("one.a.test", ["one.a.test", "two.a.test", "b.test", "one.a.test"]), [200, 421, 421, 200]);
    assert.deepEqual(await statuses("two.a.test", ["two.a.test", "one.a.test", "b.test"]), [200, 421, 421]);
    assert.deepEqual(await statuses("b.test", ["b.test", "one.a.test"]), [200, 421]);
  });

  test("finds nothing where no listener or no route serves the host", async () => {
    assert.deepEqual(await statuses("b.test", ["c.test", `b.test:${port}`]), [404, 200]);
    assert.deepEqual(await statuses("two.a.test", ["three.a.test", "c.test"]), [404, 404]);
  });
});
