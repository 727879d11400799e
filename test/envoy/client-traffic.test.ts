/** What ClientTrafficPolicies say of connections and requests, observed by traffic through a real Envoy. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import { envoyProxy, gatewayClass } from "../builders/objects.ts";
import { type ClientTraffic, exchange, open, plainRequest, startClientTraffic, statusOf, untilEnd } from "./client-traffic.ts";
import { eventually } from "./eventually.ts";
import { ask, echoOf } from "./http-client.ts";

const listeners = {
  proxied: { policy: { proxyProtocol: {} } },
  lenient: { policy: { proxyProtocol: { optional: true } } },
  hops: { policy: { clientIPDetection: { xForwardedFor: { numTrustedHops: 2 } } } },
  ranges: { policy: { clientIPDetection: { xForwardedFor: { trustedCIDRs: ["127.0.0.0/8", "10.0.0.0/8"] } } } },
  named: { policy: { clientIPDetection: { customHeader: { name: "x-real-ip", failClosed: true } } } },
  limited: { policy: { connection: { maxAcceptPerSocketEvent: 1, connectionLimit: { value: 1 } } } },
  counted: { policy: { connection: { maxAcceptPerSocketEvent: 0, connectionLimit: { maxRequestsPerConnection: 1 } } } },
  hasty: { policy: { timeout: { http: { requestReceivedTimeout: "100ms", idleTimeout: "100ms" } } } },
  silent: { policy: { proxyProtocol: {}, timeout: { tcp: { connectionInspectionTimeout: "100ms" } } } },
  headers: {
    policy: {
      headers: {
        earlyRequestHeaders: {
          add: [{ name: "x-early", value: "100% early" }],
          removeOnMatch: [{ type: "Prefix", value: "x-secret" }],
        },
        lateResponseHeaders: { set: [{ name: "x-late", value: "late" }], remove: ["content-type"] },
        withUnderscoresAction: "Allow",
        requestID: "PreserveOrGenerate",
        enableEnvoyHeaders: true,
        host: { stripTrailingHostDot: true },
      },
    },
  },
  paths: { policy: { path: { disableMergeSlashes: true, escapedSlashesAction: "RejectRequest" } } },
  old: { listener: { hostname: "a.test" }, policy: { http1: { http10: { useDefaultHost: true }, preserveHeaderCase: true } } },
  healthy: { policy: { healthCheck: { path: "/healthz" } } },
  plain: { policy: {} },
} as const;

describe("a ClientTrafficPolicy", () => {
  let traffic: ClientTraffic<keyof typeof listeners>;
  let log: string;

  before(async () => {
    log = join(mkdtempSync(join(tmpdir(), "client-traffic-")), "access.log");
    const format = { type: "Text", text: "%REQ(:PATH)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%\n" } as const;
    const sinks = [{ type: "File", file: { path: log } }] as const;
    const telemetry: EnvoyProxySpec["telemetry"] = { accessLog: { settings: [{ format, sinks }] } };
    traffic = await startClientTraffic(listeners, {
      "class.yaml": [
        gatewayClass("eg", "default/proxy"),
        envoyProxy("default/proxy", { telemetry, extraArgs: ["--file-flush-interval-msec", "50"] }),
      ],
    });
  });

  after(async () => {
    await traffic?.stop();
    rmSync(join(log, ".."), { recursive: true });
  });

  /** The address of the client that asked for a path, as the access log has it. */
  const clientOf = (path: string) =>
    eventually(`${path} is logged`, () => readFileSync(log, "utf8").match(new RegExp(`^${path} (.*)$`, "m"))?.[1]);

  test("has the address of clients told by the PROXY protocol, in both versions", async () => {
    const { proxied, lenient } = traffic.ports;
    const v1 = "PROXY TCP4 203.0.113.7 198.51.100.1 4000 80\r\n";
    const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
    const addresses = Buffer.of(203, 0, 113, 8, 198, 51, 100, 1, 0x10, 0, 0, 80);
    const v2 = Buffer.concat([signature, Buffer.of(0x21, 0x11, 0, addresses.length), addresses]);
    assert.match(await exchange(proxied, v1, plainRequest), /"X-Forwarded-For": \[\s*"203.0.113.7"/);
    assert.match(await exchange(proxied, v2, plainRequest), /"X-Forwarded-For": \[\s*"203.0.113.8"/);
    assert.equal(statusOf(await exchange(proxied, plainRequest)), undefined);
    assert.match(await exchange(lenient, v1, plainRequest), /"X-Forwarded-For": \[\s*"203.0.113.7"/);
    assert.equal(statusOf(await exchange(lenient, plainRequest)), 200);
  });

  test("has it found in x-forwarded-for, by place or by ranges of proxies", async () => {
    const headers = { "x-forwarded-for": "203.0.113.1, 203.0.113.2, 10.0.0.3" };
    await ask(traffic.ports.hops, "/hops", { host: "a.test", headers });
    await ask(traffic.ports.ranges, "/ranges", { host: "a.test", headers });
    await ask(traffic.ports.plain, "/none", { host: "a.test", headers });
    assert.equal(await clientOf("/hops"), "203.0.113.2");
    assert.equal(await clientOf("/ranges"), "203.0.113.2");
    assert.equal(await clientOf("/none"), "127.0.0.1");
  });

  test("has it found in a header, and turns away who has none", async () => {
    const { status } = await ask(traffic.ports.named, "/named", { host: "a.test", headers: { "x-real-ip": "203.0.113.9" } });
    assert.equal(status, 200);
    assert.equal(await clientOf("/named"), "203.0.113.9");
    assert.equal((await ask(traffic.ports.named, "/", { host: "a.test" })).status, 403);
  });

  test("limits connections, and requests on one", async () => {
    const first = await open(traffic.ports.limited);
    first.write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    await new Promise((resolve) => first.once("data", resolve));
    assert.equal(await exchange(traffic.ports.limited, plainRequest), "");
    first.destroy();
    await eventually("there is room again", async () =>
      statusOf(await exchange(traffic.ports.limited, plainRequest)) === 200 ? true : undefined,
    );
    const kept = plainRequest.replace("connection: close\r\n", "");
    assert.equal((await exchange(traffic.ports.counted, kept)).toLowerCase().match(/connection: close/g)?.length, 1);
  });

  test("sends away who is too slow or idle", async () => {
    const slow = await exchange(traffic.ports.hasty, "POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 10\r\n\r\nhalf");
    assert.equal(statusOf(slow), 408);
    const idle = await open(traffic.ports.hasty);
    assert.equal(await untilEnd(idle), "");
    assert.equal(await untilEnd(await open(traffic.ports.silent)), "");
  });

  test("changes headers before requests are matched, and before answers leave", async () => {
    const headers = { "x-secret-1": "a", with_underscore: "b", "x-request-id": "mine" };
    const answer = await ask(traffic.ports.headers, "/", { host: "a.test.", headers });
    const { headers: seen, host } = echoOf(answer);
    assert.deepEqual(seen["X-Early"], ["100% early"]);
    assert.equal(seen["X-Secret-1"], undefined);
    assert.deepEqual(seen.With_underscore, ["b"]);
    assert.deepEqual(seen["X-Request-Id"], ["mine"]);
    assert.ok(seen["X-Envoy-Expected-Rq-Timeout-Ms"]);
    assert.equal(host, "a.test");
    assert.equal(answer.headers["x-late"], "late");
    assert.equal(answer.headers["content-type"], undefined);
    const { status } = await ask(traffic.ports.plain, "/", { host: "a.test", headers: { with_underscore: "b" } });
    assert.equal(status, 400);
    const plain = echoOf(await ask(traffic.ports.plain, "/", { host: "a.test", headers: { "x-request-id": "mine" } })).headers;
    assert.notDeepEqual(plain["X-Request-Id"], ["mine"]);
  });

  test("leaves paths as they are, or refuses odd ones", async () => {
    const { paths, plain } = traffic.ports;
    assert.equal((await ask(paths, "/a%2Fb", { host: "a.test" })).status, 400);
    assert.equal(echoOf(await ask(paths, "/a//b", { host: "a.test" })).path, "/a//b");
    assert.equal((await ask(plain, "/a%2Fb", { host: "a.test" })).status, 307);
    assert.equal(echoOf(await ask(plain, "/a//b", { host: "a.test" })).path, "/a/b");
  });

  test("speaks HTTP/1.0, for the host of the listener", async () => {
    assert.match(await exchange(traffic.ports.old, "GET /old HTTP/1.0\r\n\r\n"), /"host": "a.test"/);
    assert.equal(statusOf(await exchange(traffic.ports.plain, "GET /old HTTP/1.0\r\n\r\n")), 426);
    assert.match(await exchange(traffic.ports.old, plainRequest.replace("host", "HoSt")), /^Content-Type: /im);
  });

  test("answers health checks without a route", async () => {
    assert.equal((await ask(traffic.ports.healthy, "/healthz", { host: "nobody.test" })).status, 200);
    assert.equal((await ask(traffic.ports.plain, "/healthz", { host: "nobody.test" })).status, 404);
  });

  test("that cannot be followed closes its listener alone, and says why, until it is corrected", async () => {
    assert.equal((await ask(traffic.ports.plain, "/", { host: "a.test" })).status, 200);
    traffic.setPolicy("plain", { http2: { initialStreamWindowSize: "1Ki" } });
    const { reason, message } = await traffic.gateway.condition("ClientTrafficPolicy/default/plain", "Accepted", "False");
    assert.equal(reason, "Invalid");
    assert.match(message, /spec\.http2\.initialStreamWindowSize: 1Ki is out of range/);
    await eventually("the listener is closed", async () =>
      (await ask(traffic.ports.plain, "/", { host: "a.test" })).status === 500 ? true : undefined,
    );
    assert.equal((await ask(traffic.ports.paths, "/", { host: "a.test" })).status, 200);
    traffic.setPolicy("plain", {});
    await eventually("the listener is open again", async () =>
      (await ask(traffic.ports.plain, "/", { host: "a.test" })).status === 200 ? true : undefined,
    );
  });
});
