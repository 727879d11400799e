/** Which listener and which route answer, and with which backends: observed by requests through a real Envoy. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteMatch } from "../../src/api/gateway/http-route.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  endpointSlice,
  gatewayClass,
  gateway as gatewayObject,
  httpRoute,
  listener,
  namespace,
  parent,
  prefix,
  rule,
  service,
} from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { type Ask, ask, echoOf } from "./http-client.ts";
import { localBackend } from "./objects.ts";

describe("requests find their listener, route and endpoint", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let otherPort: number;
  const servers: Server[] = [];

  /** The pods that serve, each of which tells its name. */
  const pods = ["a", "b", "c"] as const;

  before(async () => {
    const ports: number[] = [];
    for (const pod of pods) {
      const server = createEchoBackend({ pod });
      servers.push(server);
      ports.push(await listenAnywhere(server));
    }
    [port, otherPort] = [await freePort(), await freePort()];
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners())],
      "backends.yaml": pods.map((pod, i) => localBackend(pod, ports[i] ?? 0)),
      "namespaces.yaml": [namespace("blue", { color: "blue" }), namespace("red", { color: "red" })],
      "routes.yaml": [...hostRoutes(), ...precedenceRoutes(), ...namespacedRoutes(ports[0] ?? 0)],
      "services.yaml": serviceObjects(ports),
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  function listeners() {
    const blue = { namespaces: { from: "Selector" as const, selector: { matchLabels: { color: "blue" } } } };
    return [
      listener("all", { port }),
      listener("one", { port, hostname: "one.site.test" }),
      listener("site", { port, hostname: "*.site.test" }),
      listener("blue", { port: otherPort, hostname: "blue.test", allowedRoutes: blue }),
      listener("same", { port: otherPort, hostname: "same.test", allowedRoutes: { namespaces: { from: "Same" } } }),
      listener("none", {
        port: otherPort,
        hostname: "none.test",
        allowedRoutes: { namespaces: { from: "All" }, kinds: [{ group: "gateway.networking.k8s.io", kind: "GRPCRoute" }] },
      }),
    ];
  }

  const to = (pod: string, matches: readonly HTTPRouteMatch[] = [prefix("/")]) => rule([backendObjectRef(pod)], { matches });
  const at = (...sections: readonly string[]) => sections.map((sectionName) => parent("default/eg", { sectionName }));

  /** A route for each of the listeners that share a port. */
  function hostRoutes() {
    return [
      httpRoute("default/all", [to("a")], { parentRefs: at("all") }),
      httpRoute("default/one", [to("b", [prefix("/b")])], { parentRefs: at("one") }),
      httpRoute("default/site", [to("c")], { parentRefs: at("site") }),
      httpRoute("default/stranger", [to("a")], { parentRefs: at("site"), hostnames: ["stranger.test"] }),
    ];
  }

  /** Routes of which several match a request; the name tells which must win. */
  function precedenceRoutes() {
    const route = (name: string, createdAt: string, hostname: string, pod: string, ...matches: HTTPRouteMatch[]) => {
      const made = httpRoute(`default/${name}`, [to(pod, matches)], { parentRefs: at("all"), hostnames: [hostname] });
      return { ...made, metadata: { ...made.metadata, creationTimestamp: createdAt } };
    };
    const [early, late] = ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"];
    const header = { type: "Exact" as const, name: "x-a", value: "1" };
    return [
      route("older", early, "age.test", "b", prefix("/")),
      route("a-younger", late, "age.test", "a", prefix("/")),
      route("by-name-1", early, "name.test", "b", prefix("/")),
      route("by-name-2", early, "name.test", "a", prefix("/")),
      route(
        "specific",
        late,
        "specific.test",
        "b",
        { path: { type: "Exact", value: "/x" } },
        { ...prefix("/x/y"), headers: [header] },
      ),
      route("less-specific", early, "specific.test", "a", prefix("/"), { ...prefix("/x/y") }, { ...prefix("/"), method: "PUT" }),
      route("exact-host", late, "exact.wild.test", "b", prefix("/")),
      route("wild-host", early, "*.wild.test", "a", { path: { type: "Exact", value: "/more/specific" } }, prefix("/")),
    ];
  }

  function namespacedRoutes(backendPort: number) {
    const route = (key: string, section: string) => {
      const [space = ""] = key.split("/");
      return [
        backend(`${space}/own`, [{ ip: { address: "127.0.0.1", port: backendPort } }]),
        httpRoute(key, [to("own")], { parentRefs: at(section) }),
      ];
    };
    return [
      ...route("blue/welcome", "blue"),
      ...route("red/stranger", "blue"),
      ...route("red/other", "same"),
      ...route("default/own", "same"),
      ...route("default/wrong-kind", "none"),
    ];
  }

  /** Services: one with two endpoints, one with none that is ready, one that does not exist. */
  function serviceObjects(ports: readonly number[]) {
    const slice = (name: string, ready: boolean, index: number) => ({
      ...endpointSlice(`default/${name}`, [`127.0.0.1`], {
        endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready } }],
        ports: [{ name: "http", port: ports[index] ?? 0, protocol: "TCP" }],
      }),
      metadata: { namespace: "default", name: `${name}-${index}`, labels: { "kubernetes.io/service-name": name } },
    });
    const route = (name: string) =>
      httpRoute(`default/to-${name}`, [rule([backendRef(name)])], { parentRefs: at("all"), hostnames: [`${name}.service.test`] });
    return [
      service("default/pair"),
      slice("pair", true, 0),
      slice("pair", true, 1),
      service("default/idle"),
      slice("idle", false, 2),
      ...["pair", "idle", "absent"].map(route),
    ];
  }

  /** The pod that answers, or the status of an answer that no pod gave. */
  async function answeredBy(to: number, path: string, request: Ask): Promise<string | number> {
    const answer = await ask(to, path, request);
    return answer.status === 200 ? echoOf(answer).pod : answer.status;
  }

  describe("listeners that share a port", () => {
    const table: readonly (readonly [string, string, string | number])[] = [
      ["anything.test", "/", "a"],
      ["x.site.test", "/", "c"],
      ["one.site.test", "/b", "b"],
      // The most specific listener has the request, also where it has no route for it.
      ["one.site.test", "/", 404],
      ["ONE.site.TEST", "/b", "b"],
      [`one.site.test:9999`, "/b", "b"],
    ];
    for (const [host, path, answer] of table) {
      test(`${host}${path} is answered by ${answer}`, async () => assert.equal(await answeredBy(port, path, { host }), answer));
    }

    test("take no route whose host names are not theirs", async () => {
      const { reason } = await gateway.condition("HTTPRoute/default/stranger", "Accepted", "False");
      assert.equal(reason, "NoMatchingListenerHostname");
    });
  });

  describe("of several routes that match", () => {
    const table: readonly (readonly [string, string, Ask, string])[] = [
      ["the older", "/", { host: "age.test" }, "b"],
      ["of one age, the first by name", "/", { host: "name.test" }, "b"],
      ["an exact path before a prefix", "/x", { host: "specific.test" }, "b"],
      ["a prefix before a shorter one with a method", "/x/y/z", { host: "specific.test", method: "PUT" }, "a"],
      ["of one path, the one with more headers", "/x/y/z", { host: "specific.test", headers: { "x-a": "1" } }, "b"],
      ["an exact host before a wildcard's more specific path", "/more/specific", { host: "exact.wild.test" }, "b"],
    ];
    for (const [which, path, request, pod] of table) {
      test(`${which} answers`, async () => assert.equal(await answeredBy(port, path, request), pod));
    }
  });

  describe("a listener takes routes", () => {
    test("of namespaces with its labels only", async () => {
      assert.equal(await answeredBy(otherPort, "/", { host: "blue.test" }), "a");
      const { reason } = await gateway.condition("HTTPRoute/red/stranger", "Accepted", "False");
      assert.equal(reason, "NotAllowedByListeners");
    });

    test("of its own namespace only, where it says so", async () => {
      assert.equal(await answeredBy(otherPort, "/", { host: "same.test" }), "a");
      const { reason } = await gateway.condition("HTTPRoute/red/other", "Accepted", "False");
      assert.equal(reason, "NotAllowedByListeners");
    });

    test("of its kinds only", async () => {
      const { reason } = await gateway.condition("HTTPRoute/default/wrong-kind", "Accepted", "False");
      assert.equal(reason, "NotAllowedByListeners");
      assert.equal(await answeredBy(otherPort, "/", { host: "none.test" }), 404);
    });
  });

  describe("a Service", () => {
    test("is served by the ready endpoints of all its slices", async () => {
      const found = new Set<string | number>();
      for (let i = 0; i < 40; i++) found.add(await answeredBy(port, "/", { host: "pair.service.test" }));
      assert.deepEqual([...found].sort(), ["a", "b"]);
    });

    test("without ready endpoints is answered with 503", async () =>
      assert.equal(await answeredBy(port, "/", { host: "idle.service.test" }), 503));

    test("that does not exist is answered with 500", async () =>
      assert.equal(await answeredBy(port, "/", { host: "absent.service.test" }), 500));
  });
});
