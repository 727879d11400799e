/** Routes of every kind to backends of every kind that files can have, and the versions of HTTP that clients speak, by a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import {
  backendObjectRef,
  backendRef,
  endpointSlice,
  gatewayClass,
  gateway as gatewayObject,
  grpcRoute,
  httpRoute,
  httpsListener,
  listener,
  parent,
  rule,
  service,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { createGrpcClient, startGrpcBackend } from "./grpc.ts";
import { ask, echoOf } from "./http-client.ts";
import { localBackend } from "./objects.ts";
import { askDatagram, converse, createTcpEcho, createTlsEcho, createUdpEcho } from "./stream-backends.ts";

const named = ["service", "backend"] as const;
type Named = (typeof named)[number];
type Protocol = "http" | "grpc" | "tls" | "tcp" | "udp";

describe("routes of every kind, from files alone", () => {
  let gateway: GatewayUnderTest;
  let certificate: TestCertificate;
  const closers: (() => void)[] = [];
  const backends: Record<Protocol, number> = { http: 0, grpc: 0, tls: 0, tcp: 0, udp: 0 };
  const ports = { http: 0, https: 0, tls: 0, tcp: { service: 0, backend: 0 }, udp: { service: 0, backend: 0 } };

  /** What a route refers to: a port of a Service with its EndpointSlice, or a Backend. */
  function refTo(protocol: Protocol, how: Named) {
    const { filters: _filters, ...ref } = how === "service" ? backendRef(protocol) : backendObjectRef(protocol);
    return ref;
  }

  /** The Service and the Backend of a protocol, both on this machine. */
  function backendObjects(protocol: Protocol): object[] {
    const port = { name: "p", protocol: protocol === "udp" ? "UDP" : "TCP" } as const;
    const appProtocol = protocol === "grpc" ? { appProtocol: "kubernetes.io/h2c" } : {};
    const slice = endpointSlice(`default/${protocol}`, ["127.0.0.1"], { ports: [{ ...port, port: backends[protocol] }] });
    return [
      service(`default/${protocol}`, { ports: [{ ...port, ...appProtocol, port: 8080 }] }),
      slice,
      localBackend(protocol, backends[protocol]),
    ];
  }

  function routes(how: Named): object[] {
    const at = (sectionName: string) => ({ parentRefs: [parent("default/eg", { sectionName })] });
    const hostnames = [`${how}.test`];
    const web = { parentRefs: [parent("default/eg", { sectionName: "http" }), parent("default/eg", { sectionName: "https" })] };
    return [
      httpRoute(`default/http-${how}`, [rule([refTo("http", how)])], { ...web, hostnames }),
      grpcRoute(`default/grpc-${how}`, [{ backendRefs: [refTo("grpc", how)] }], {
        ...at("http"),
        hostnames: [`grpc-${how}.test`],
      }),
      tlsRoute(`default/tls-${how}`, hostnames, [refTo("tls", how)], at("tls")),
      tcpRoute(`default/tcp-${how}`, [refTo("tcp", how)], at(`tcp-${how}`)),
      udpRoute(`default/udp-${how}`, [refTo("udp", how)], at(`udp-${how}`)),
    ];
  }

  before(async () => {
    certificate = await issue(named.map((how) => `${how}.test`));
    const closing = <S extends Server | ReturnType<typeof createTcpEcho>>(server: S): S => {
      closers.push(() => server.close());
      return server;
    };
    backends.http = await listenAnywhere(closing(createEchoBackend({ pod: "http" })));
    backends.tcp = await listenAnywhere(closing(createTcpEcho("tcp")));
    backends.tls = await listenAnywhere(closing(createTlsEcho("tls", certificate)));
    const [grpc, udp] = [await startGrpcBackend("grpc"), await createUdpEcho("udp")];
    closers.push(grpc.stop, udp.close);
    [backends.grpc, backends.udp] = [grpc.port, udp.port];
    for (const name of ["http", "https", "tls"] as const) ports[name] = await freePort();
    for (const how of named) [ports.tcp[how], ports.udp[how]] = [await freePort(), await freePort()];
    const listeners = [
      listener("http", { port: ports.http }),
      httpsListener("https", ["web"], { port: ports.https }),
      listener("tls", { protocol: "TLS", port: ports.tls, tls: { mode: "Passthrough" } }),
      ...named.flatMap((how) => [
        listener(`tcp-${how}`, { protocol: "TCP", port: ports.tcp[how] }),
        listener(`udp-${how}`, { protocol: "UDP", port: ports.udp[how] }),
      ]),
    ];
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners), tlsSecret("default/web", certificate)],
      "backends.yaml": (Object.keys(backends) as Protocol[]).flatMap(backendObjects),
      "routes.yaml": named.flatMap(routes),
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const close of closers) close();
  });

  /** The status of a request by HTTP/2 on a connection. */
  async function askHttp2(session: ClientHttp2Session, host: string): Promise<number> {
    try {
      return await new Promise((resolve, reject) => {
        session.on("error", reject);
        const stream = session.request({ ":path": "/", ":authority": host });
        stream.on("response", ({ ":status": status = 0 }) => resolve(status)).on("error", reject);
        stream.resume().end();
      });
    } finally {
      session.close();
    }
  }

  for (const how of named) {
    const host = `${how}.test`;
    const to = `to a ${how === "service" ? "Service with its EndpointSlice" : "Backend"}`;

    test(`an HTTPRoute ${to} gets requests by HTTP/1.1, and by HTTP/2 with TLS and without`, async () => {
      const served = () => ask(ports.http, "/", { host }).then((answer) => (answer.status === 200 ? answer : undefined));
      assert.equal(echoOf(await eventually("it is served", served)).pod, "http");
      assert.equal(await askHttp2(connectHttp2(`http://127.0.0.1:${ports.http}`), host), 200);
      const secured = { ca: certificate.certificate, servername: host };
      assert.equal(await askHttp2(connectHttp2(`https://127.0.0.1:${ports.https}`, secured), host), 200);
    });

    test(`a GRPCRoute ${to} gets calls and streams`, async () => {
      const client = createGrpcClient(ports.http, `grpc-${how}.test`);
      try {
        const answered = async () => {
          const { status, message } = await client.call("/shop.Cart/Get", "hello");
          return status === "OK" ? message : undefined;
        };
        assert.equal(await eventually("it is served", answered), "grpc: hello");
        assert.deepEqual(await client.chat("/shop.Cart/Chat", ["a", "b"]), ["grpc: a", "grpc: b"]);
      } finally {
        client.close();
      }
    });

    test(`a TLSRoute ${to} gets connections by their server name`, async () => {
      const talk = () => {
        const options = { port: ports.tls, host: "127.0.0.1", servername: host, ca: certificate.certificate };
        return converse(connectTls(options), "hello").catch(() => undefined);
      };
      assert.deepEqual(await eventually("it is served", talk), { name: "tls", echo: "hello" });
    });

    test(`a TCPRoute ${to} gets connections`, async () => {
      const talk = () => converse(connect(ports.tcp[how], "127.0.0.1"), "hello").catch(() => undefined);
      assert.deepEqual(await eventually("it is served", talk), { name: "tcp", echo: "hello" });
    });

    test(`a UDPRoute ${to} gets datagrams`, async () => {
      assert.equal(await eventually("it is served", () => askDatagram(ports.udp[how], "hello")), "udp hello");
    });
  }
});
