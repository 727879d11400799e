/** HTTPS listeners, observed by handshakes and requests through a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { Agent, request } from "node:https";
import { after, before, describe, test } from "node:test";
import { type ConnectionOptions, connect } from "node:tls";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { issue, secret, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { gatewayClass, gateway as gatewayObject, httpsListener, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

let gateway: GatewayUnderTest;
let port: number;
let backend: Server;

interface Certificates {
  readonly first: TestCertificate;
  readonly renewed: TestCertificate;
  readonly wildcard: TestCertificate;
  readonly rsa: TestCertificate;
  readonly late: TestCertificate;
}
let certificates: Certificates;

before(async () => {
  const [first, renewed, wildcard, rsa, late] = await Promise.all([
    issue(["a.test"]),
    issue(["a.test"]),
    issue(["*.wild.test", "one.wild.test"]),
    issue(["one.wild.test"], { key: { name: "RSA", bits: 2048 } }),
    issue(["late.test"]),
  ]);
  certificates = { first, renewed, wildcard, rsa, late };
  backend = createEchoBackend({ pod: "echo" });
  const echoPort = await listenAnywhere(backend);
  port = await freePort();
  const listeners = [
    httpsListener("a", ["a-cert"], { port, hostname: "a.test" }),
    httpsListener("wild", ["wild-cert"], { port, hostname: "*.wild.test" }),
    httpsListener("one", ["wild-cert", "rsa-cert"], { port, hostname: "one.wild.test" }),
    httpsListener("late", ["late-cert"], { port, hostname: "late.test" }),
  ];
  const hosts = ["a.test", "one.wild.test", "two.wild.test", "late.test"];
  gateway = await startGateway({
    "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners)],
    "backend.yaml": [localBackend("echo", echoPort)],
    "a-cert.yaml": [tlsSecret("default/a-cert", first)],
    "certs.yaml": [tlsSecret("default/wild-cert", wildcard), tlsSecret("default/rsa-cert", rsa)],
    "late-cert.yaml": [secret("default/late-cert", { "tls.crt": late.certificate, "tls.key": renewed.key })],
    "routes.yaml": hosts.map((host, i) => routeFor(`r${i}`, host, [ruleTo([prefix("/")])])),
  });
  await gateway.condition("Gateway/default/eg", "Programmed", "True");
});

after(async () => {
  await gateway?.stop();
  backend?.close();
});

interface Handshake {
  /** SHA-256 fingerprint of the certificate that was presented. */
  readonly fingerprint: string;
  readonly protocol: string | false | null;
}

/** Connects with a server name; rejects when the proxy does not want to talk. */
async function shake(servername: string, options: ConnectionOptions = {}): Promise<Handshake> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    servername,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2", "http/1.1"],
    ...options,
  });
  await once(socket, "secureConnect");
  const seen = { fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.alpnProtocol };
  socket.destroy();
  return seen;
}

/** The status of a request to `host`, from a client that trusts `ca` alone. */
function ask(host: string, ca: TestCertificate, agent: Agent | false = false): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/", servername: host, headers: { host }, ca: ca.certificate, agent };
    request(options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end();
  });
}

describe("an HTTPS listener", () => {
  test("answers requests of clients that trust its certificate, and nobody else's hosts", async () => {
    assert.equal(await ask("a.test", certificates.first), 200);
    assert.equal(await ask("two.wild.test", certificates.wildcard), 200);
    await assert.rejects(ask("a.test", certificates.renewed), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    await assert.rejects(shake("unknown.test"));
  });

  test("offers HTTP/2, also where connections could be shared with another listener", async () => {
    assert.equal((await shake("a.test")).protocol, "h2");
    assert.equal((await shake("two.wild.test")).protocol, "h2");
    assert.equal((await shake("one.wild.test")).protocol, "h2");
  });

  test("presents the kind of certificate that the client can check", async () => {
    const tls12 = { maxVersion: "TLSv1.2" } as const;
    const ec = await shake("one.wild.test", { ...tls12, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" });
    const rsa = await shake("one.wild.test", { ...tls12, ciphers: "ECDHE-RSA-AES128-GCM-SHA256" });
    assert.notEqual(ec.fingerprint, rsa.fingerprint);
  });

  test("presents a renewed certificate from the next handshake on, and open connections go on", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal(await ask("a.test", certificates.first, agent), 200);
    const before = await shake("a.test");
    gateway.write("a-cert.yaml", [tlsSecret("default/a-cert", certificates.renewed)]);
    await eventually("the renewed certificate was never presented", async () =>
      (await shake("a.test")).fingerprint === before.fingerprint ? undefined : true,
    );
    assert.equal(await ask("a.test", certificates.renewed), 200);
    // The connection is the one from before: a new one would not be trusted.
    assert.equal(await ask("a.test", certificates.first, agent), 200);
    agent.destroy();
  });

  test("with a key that is not its certificate's says so, and works once that is mended", async () => {
    const status = gateway.controlPlane.pipeline.statuses.get("Gateway/default/eg")?.status;
    const late = status !== undefined && "listeners" in status ? status.listeners.find(({ name }) => name === "late") : undefined;
    const resolved = late?.conditions.find(({ type }) => type === "ResolvedRefs");
    assert.equal(resolved?.reason, "InvalidCertificateRef");
    assert.match(resolved?.message ?? "", /default\/late-cert.*does not belong to its certificate/);
    await assert.rejects(shake("late.test"));
    gateway.write("late-cert.yaml", [tlsSecret("default/late-cert", certificates.late)]);
    const served = () => ask("late.test", certificates.late).catch(() => undefined);
    assert.equal(await eventually("late.test was never served", served), 200);
  });

  test("leaves no trace of private keys in logs", () => {
    for (const { key } of Object.values(certificates)) {
      const line = key.split("\n")[1] ?? "";
      assert.ok(line.length > 40);
      assert.ok(!gateway.log().includes(line));
      assert.ok(!gateway.log().includes(Buffer.from(key).toString("base64").slice(60, 120)));
    }
  });
});
