/** Certificates of clients at HTTPS listeners, observed by handshakes and requests through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { request } from "node:https";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { configMap, gatewayClass, gateway as gatewayObject, httpsListener, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

/** The status of a request from a client with this certificate (or none), or that it was turned away. */
function ask(port: number, client?: TestCertificate): Promise<number | "turned away"> {
  return new Promise((resolve) => {
    const own = client === undefined ? {} : { cert: client.certificate, key: client.key };
    const host = "a.test";
    const options = { host: "127.0.0.1", port, servername: host, headers: { host }, rejectUnauthorized: false, agent: false };
    request({ ...options, ...own }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", () => resolve("turned away"))
      .end();
  });
}

describe("the certificate of a client", () => {
  let gateway: GatewayUnderTest;
  let backend: Server;
  let strict: number;
  let lenient: number;
  let open: number;
  let known: TestCertificate;
  let later: TestCertificate;
  let stranger: TestCertificate;

  const trusting = (mode: "AllowValidOnly" | "AllowInsecureFallback", name: string) => ({
    validation: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name }], mode },
  });
  const ca = (name: string, ...clients: readonly TestCertificate[]) =>
    configMap(`default/${name}`, { "ca.crt": clients.map(({ certificate }) => certificate).join("") });

  before(async () => {
    const forClients = { of: "clients" } as const;
    const [server, ...clients] = await Promise.all([
      issue(["a.test"]),
      issue(["known"], { ...forClients, commonName: "known" }),
      issue(["later"], { ...forClients, commonName: "later" }),
      issue(["stranger"], { ...forClients, commonName: "stranger" }),
    ]);
    [known, later, stranger] = clients;
    backend = createEchoBackend({ pod: "echo" });
    const echoPort = await listenAnywhere(backend);
    [strict, lenient, open] = [await freePort(), await freePort(), await freePort()];
    const perPort = [
      { port: lenient, tls: trusting("AllowInsecureFallback", "lenient-ca") },
      { port: open, tls: {} },
    ];
    const tls = { frontend: { default: trusting("AllowValidOnly", "ca"), perPort } };
    const listeners = Object.entries({ strict, lenient, open }).map(([name, port]) => httpsListener(name, ["cert"], { port }));
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners, { tls })],
      "backend.yaml": [localBackend("echo", echoPort)],
      "cert.yaml": [tlsSecret("default/cert", server)],
      "ca.yaml": [ca("ca", known)],
      "lenient-ca.yaml": [ca("lenient-ca", known)],
      "routes.yaml": [routeFor("r", "a.test", [ruleTo([prefix("/")])])],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    backend?.close();
  });

  test("must be there and valid with AllowValidOnly", async () => {
    assert.equal(await ask(strict, known), 200);
    assert.equal(await ask(strict), "turned away");
    assert.equal(await ask(strict, stranger), "turned away");
  });

  test("may be missing or wrong with AllowInsecureFallback, which the Gateway tells", async () => {
    assert.deepEqual([await ask(lenient, known), await ask(lenient), await ask(lenient, stranger)], [200, 200, 200]);
    await gateway.condition("Gateway/default/eg", "InsecureFrontendValidationMode", "True");
  });

  test("is not asked for on a port without validation", async () => {
    assert.equal(await ask(open), 200);
  });

  test("is checked against new CA certificates without a change of the listener", async () => {
    const updates = async () => /listener_manager\.listener_modified: (\d+)/.exec(await gateway.envoyAdmin("/stats"))?.[1];
    const before = await updates();
    assert.equal(await ask(strict, later), "turned away");
    gateway.write("ca.yaml", [ca("ca", later)]);
    await eventually("the new CA certificate was never trusted", async () =>
      (await ask(strict, later)) === 200 ? true : undefined,
    );
    assert.equal(await ask(strict, known), "turned away");
    assert.equal(await updates(), before);
  });

  test("cannot be checked without CA certificates: then nobody gets in", async () => {
    gateway.write("ca.yaml", [configMap("default/ca", { "ca.crt": "none" })]);
    gateway.remove("lenient-ca.yaml");
    await gateway.condition("Gateway/default/eg", "ResolvedRefs", "False");
    await eventually("the listeners stayed open", async () => {
      const answers = [await ask(strict, later), await ask(strict), await ask(lenient, known), await ask(lenient)];
      return answers.every((answer) => answer === "turned away") ? true : undefined;
    });
    assert.equal(await ask(open), 200);
    gateway.write("ca.yaml", [ca("ca", known)]);
    await eventually("the listener never opened again", async () => ((await ask(strict, known)) === 200 ? true : undefined));
    assert.equal(await ask(strict), "turned away");
  });
});
