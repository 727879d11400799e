/** Mirrors, CORS, retries, sessions and rules that hide each other, observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import type { HTTPRouteRule } from "../../src/api/gateway/http-route.ts";
import { backend, backendObjectRef, prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { type Ask, ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

describe("mirrors, CORS, retries, sessions and overlaps", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  const servers: Server[] = [];
  /** `<host> <path>` of each request that a backend got, by its name. */
  const seen = new Map<string, string[]>();

  /** A backend that answers its name, unless `answer` does. */
  async function serve(name: string, answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false) {
    const requests: string[] = [];
    seen.set(name, requests);
    const server = createServer((request, response) => {
      requests.push(`${request.headers.host} ${request.url}`);
      if (!answer(request, response)) response.end(name);
    });
    servers.push(server);
    return listenAnywhere(server);
  }

  /** Answers 503 to the first two requests for each path. */
  function unsteady() {
    const tries = new Map<string, number>();
    return ({ url = "" }: IncomingMessage, response: ServerResponse): boolean => {
      const count = (tries.get(url) ?? 0) + 1;
      tries.set(url, count);
      if (count > 2) return false;
      response.writeHead(503).end();
      return true;
    };
  }

  before(async () => {
    port = await freePort();
    const ports = { main: await serve("main"), copy: await serve("copy"), second: await serve("second") };
    const shaky = await serve("shaky", unsteady());
    const pool = [ports.main, ports.copy, ports.second].map((each) => ({ ip: { address: "127.0.0.1", port: each } }));
    gateway = await startGateway({
      "gateway.yaml": gatewayOn(port),
      "backends.yaml": [
        ...Object.entries(ports).map(([name, each]) => localBackend(name, each)),
        localBackend("shaky", shaky),
        backend("default/pool", pool),
      ],
      "routes/mirror.yaml": [routeFor("mirror", "mirror.test", mirrorRules())],
      "routes/cors.yaml": [routeFor("cors", "cors.test", corsRules())],
      "routes/retry.yaml": [routeFor("retry", "retry.test", retryRules())],
      "routes/overlap.yaml": [routeFor("overlap", "overlap.test", overlapRules())],
      "routes/session.yaml": [routeFor("session", "session.test", sessionRules())],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  function mirrorRules(): HTTPRouteRule[] {
    const to = (name: string, percent?: number) => {
      const backendRef = { group: "gateway.envoyproxy.io", kind: "Backend", name };
      const requestMirror = { backendRef, ...(percent !== undefined && { percent }) };
      return { type: "RequestMirror" as const, requestMirror };
    };
    const main = [backendObjectRef("main")];
    return [
      ruleTo([prefix("/both")], [to("copy"), to("second")], main),
      ruleTo([prefix("/never")], [to("copy", 0)], main),
      ruleTo([prefix("/lost")], [to("missing")], main),
    ];
  }

  const origin = "https://app.example.com";

  function corsRules(): HTTPRouteRule[] {
    const main = [backendObjectRef("main")];
    const of = (allowMethods: ("GET" | "PUT" | "*")[], allowHeaders: string[]) => {
      const cors = { allowOrigins: ["https://*.example.com"], allowMethods, allowHeaders, allowCredentials: true, maxAge: 60 };
      return { type: "CORS" as const, cors };
    };
    return [
      ruleTo([{ ...prefix("/method"), method: "GET" }], [of(["GET"], ["x-get"])], main),
      ruleTo([{ ...prefix("/method"), method: "PUT" }], [of(["PUT"], ["x-put"])], main),
      ruleTo([prefix("/any")], [of(["GET"], ["x-a"])], main),
      ruleTo([prefix("/wild")], [of(["*"], ["*"])], main),
      ruleTo([prefix("/none")], [], main),
    ];
  }

  function retryRules(): HTTPRouteRule[] {
    const shaky = [backendObjectRef("shaky")];
    const rule = (path: string, retry?: HTTPRouteRule["retry"]) => ({
      ...ruleTo([prefix(path)], [], shaky),
      ...(retry && { retry }),
    });
    return [
      rule("/default", {}),
      rule("/once", { attempts: 1 }),
      rule("/others", { codes: [500], backoff: "1ms" }),
      rule("/not"),
    ];
  }

  function sessionRules(): HTTPRouteRule[] {
    const rule = (path: string, sessionPersistence: NonNullable<HTTPRouteRule["sessionPersistence"]>) => ({
      ...ruleTo([prefix(path)], [], [backendObjectRef("pool")]),
      sessionPersistence,
    });
    return [
      rule("/cookie", { type: "Cookie", sessionName: "stay" }),
      rule("/kept", { type: "Cookie", absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" } }),
      rule("/header", { type: "Header", sessionName: "x-stay" }),
    ];
  }

  function overlapRules(): HTTPRouteRule[] {
    return ["main", "second"].map((name) => ruleTo([prefix("/same")], [], [backendObjectRef(name)]));
  }

  describe("mirrors", () => {
    const host = "mirror.test";
    const copiesOf = (path: string) => ["copy", "second"].filter((name) => seen.get(name)?.includes(`${host} ${path}`));

    test("get copies with the host of the request, and the client the answer of the rule's backend", async () => {
      assert.equal((await ask(port, "/both", { host })).body, "main");
      await eventually("the copies did not arrive", () => (copiesOf("/both").length === 2 ? true : undefined));
    });

    test("get only their share", async () => {
      for (let i = 0; i < 10; i++) await ask(port, "/never", { host });
      await ask(port, "/both/last", { host });
      await eventually("the copy did not arrive", () => (copiesOf("/both/last").length === 2 ? true : undefined));
      assert.deepEqual(copiesOf("/never"), []);
    });

    test("that are missing are told, and requests served", async () => {
      assert.equal((await ask(port, "/lost", { host })).body, "main");
      assert.equal((await gateway.condition("HTTPRoute/default/mirror", "ResolvedRefs", "False")).reason, "BackendNotFound");
    });
  });

  describe("CORS", () => {
    const send = (path: string, rest: Ask = {}) =>
      ask(port, path, { host: "cors.test", ...rest, headers: { origin, ...rest.headers } });
    const preflight = (path: string, method: string, headers: Record<string, string> = {}) =>
      send(path, { method: "OPTIONS", headers: { "access-control-request-method": method, ...headers } });

    test("preflight requests are answered by the rule of the method that they ask for", async () => {
      for (const [method, header] of [
        ["GET", "x-get"],
        ["PUT", "x-put"],
      ] as const) {
        const { status, headers } = await preflight("/method", method);
        assert.equal(status, 200);
        assert.equal(headers["access-control-allow-origin"], origin);
        assert.equal(headers["access-control-allow-methods"], method);
        assert.equal(headers["access-control-allow-headers"], header);
        assert.equal(headers["access-control-allow-credentials"], "true");
        assert.equal(headers["access-control-max-age"], "60");
      }
      assert.ok(!seen.get("main")?.includes("cors.test /method"));
    });

    test("`*` allows whatever is asked for, also with credentials, for which browsers take no `*`", async () => {
      const { headers } = await preflight("/wild", "PATCH", { "access-control-request-headers": "x-one,x-two" });
      assert.equal(headers["access-control-allow-methods"], "PATCH");
      assert.equal(headers["access-control-allow-headers"], "x-one,x-two");
    });

    test("answers tell what the page may read; strangers get no permission", async () => {
      const allowed = await send("/any");
      assert.equal(allowed.body, "main");
      assert.equal(allowed.headers["access-control-allow-origin"], origin);
      const stranger = await preflight("/any", "GET", { origin: "https://example.org" });
      assert.equal(stranger.headers["access-control-allow-origin"], undefined);
      assert.notEqual(stranger.body, "main");
      assert.equal((await send("/none")).headers["access-control-allow-origin"], undefined);
    });
  });

  describe("retries", () => {
    const statusOf = async (path: string) => (await ask(port, path, { host: "retry.test" })).status;
    const triesOf = (path: string) => seen.get("shaky")?.filter((each) => each === `retry.test ${path}`).length;

    const table: readonly (readonly [string, number, number])[] = [
      ["/default", 200, 3],
      ["/once", 503, 2],
      ["/others", 503, 1],
      ["/not", 503, 1],
    ];
    for (const [path, status, tries] of table) {
      test(`${path} answers ${status} after ${tries} tries`, async () => {
        assert.equal(await statusOf(path), status);
        assert.equal(triesOf(path), tries);
      });
    }
  });

  describe("sessions", () => {
    const host = "session.test";
    const backendsOf = async (path: string, headers: Record<string, string>) => {
      const found = new Set<string>();
      for (let i = 0; i < 40; i++) found.add((await ask(port, path, { host, headers })).body);
      return [...found];
    };

    test("without a session go to all endpoints", async () => {
      assert.equal((await backendsOf("/cookie", {})).length, 3);
    });

    test("stay at one endpoint by a cookie", async () => {
      const first = await ask(port, "/cookie", { host });
      const [cookie = ""] = [first.headers["set-cookie"] ?? []].flat();
      assert.match(cookie, /^stay="?[^;]+; Path=\/cookie; HttpOnly/i);
      assert.doesNotMatch(cookie, /max-age/i);
      assert.deepEqual(await backendsOf("/cookie", { cookie: cookie.split(";")[0] ?? "" }), [first.body]);
    });

    test("keep a permanent cookie for its time", async () => {
      const [cookie = ""] = [(await ask(port, "/kept", { host })).headers["set-cookie"] ?? []].flat();
      assert.match(cookie, /Max-Age=3600/i);
    });

    test("stay at one endpoint by a header", async () => {
      const first = await ask(port, "/header", { host });
      const session = first.headers["x-stay"];
      assert.equal(typeof session, "string");
      assert.deepEqual(await backendsOf("/header", { "x-stay": String(session) }), [first.body]);
    });
  });

  describe("rules with the same match", () => {
    test("are served by the first, and the other is told", async () => {
      for (let i = 0; i < 10; i++) assert.equal((await ask(port, "/same", { host: "overlap.test" })).body, "main");
      const { message } = await gateway.condition("HTTPRoute/default/overlap", "RouteRulesOverlap", "True");
      assert.match(message, /^rules\[1\] gets no request for overlap\.test/);
    });
  });
});
