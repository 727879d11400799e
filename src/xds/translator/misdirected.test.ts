import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, httpRoute, listenerKey, routeRule } from "../../../test/builders/ir.ts";
import { xdsInput } from "../../../test/builders/xds-input.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener, HttpRoute } from "../../ir/xds.ts";
import { deriveXds } from "./derive-xds.ts";
import { deriveMisdirected } from "./misdirected.ts";
import { stableNaming } from "./names.ts";
import { tableKey } from "./table-listeners.ts";

function https(hostname: string, changes: Partial<HttpListener> = {}): HttpListener {
  const tls = { certificates: ["default/cert"], alpn: ["h2", "http/1.1"] };
  return httpListener({ name: `default/eg/${hostname}`, protocol: "HTTPS", port: 10443, hostname, tls, ...changes });
}

/** What the route table of each listener answers for each of its domains: by a route, or the status of its own answer. */
function answers(
  detectsMisdirected: boolean,
  listeners: readonly HttpListener[],
  routes: readonly (readonly [HttpListener, string])[],
) {
  const graph = createGraph();
  const sources = { listeners: graph.source<HttpListener>("listeners"), routes: graph.source<HttpRoute>("routes") };
  const { resources } = deriveXds(graph, xdsInput(graph, sources), {
    naming: stableNaming,
    features: [],
    readiness: false,
    systemTrustFile: "/ca.crt",
    detectsMisdirected,
  });
  for (const listener of listeners) sources.listeners.set(listenerKey(listener), listener);
  for (const [i, [listener, hostname]] of routes.entries()) {
    sources.routes.set(`r${i}`, httpRoute(routeRule(), { listener: listenerKey(listener), hostname }));
  }
  return Object.fromEntries(
    [...resources.values()]
      .filter(({ type }) => type === "RouteConfiguration")
      .map((resource) => [resource.name, domainsOf(decodeResource(resource) as unknown as RouteConfiguration)]),
  );
}

interface RouteConfiguration {
  readonly virtual_hosts?: readonly {
    readonly domains: readonly string[];
    readonly routes?: readonly { readonly direct_response?: { readonly status: number } }[];
  }[];
}

function domainsOf({ virtual_hosts: hosts = [] }: RouteConfiguration) {
  const all = hosts.flatMap(({ domains, routes: [first] = [] }) =>
    domains.map((domain): [string, number | "route"] => [
      domain,
      first === undefined ? 404 : (first.direct_response?.status ?? "route"),
    ]),
  );
  assert.equal(new Set(all.map(([domain]) => domain)).size, all.length, "each domain once, or Envoy refuses the table");
  return Object.fromEntries(all);
}

describe("requests on a connection for another listener", () => {
  const any = https("*");
  const wild = https("*.a.com");
  const one = https("x.a.com");
  const b = https("b.com");

  it("are answered with 421 where a neighbour serves the host, and find nothing where nobody does", () => {
    const routes = [any, wild, one, b].map((listener) => [listener, listener.hostname] as const);
    assert.deepEqual(answers(true, [wild, one, b], routes.slice(1)), {
      "https-10443/*.a.com": { "*.a.com": "route", "x.a.com": 421, "b.com": 421 },
      "https-10443/x.a.com": { "x.a.com": "route", "*.a.com": 421, "b.com": 421 },
      "https-10443/b.com": { "b.com": "route", "*.a.com": 421 },
    });
    assert.deepEqual(answers(true, [any, wild, one, b], routes), {
      "https-10443/*": { "*": "route", "*.a.com": 421, "b.com": 421 },
      "https-10443/*.a.com": { "*.a.com": "route", "x.a.com": 421, "*": 421 },
      "https-10443/x.a.com": { "x.a.com": "route", "*": 421 },
      "https-10443/b.com": { "b.com": "route", "*": 421 },
    });
  });

  it("are told from requests for hosts of the listener that no route serves", () => {
    assert.deepEqual(answers(true, [any, wild], [[wild, "y.a.com"]]), {
      "https-10443/*": { "*": 404, "*.a.com": 421 },
      "https-10443/*.a.com": { "*.a.com": 404, "*": 421, "y.a.com": "route" },
    });
  });

  it("are those of HTTPS listeners on the port only", () => {
    const elsewhere = https("c.com", { port: 8443 });
    const { tls: _tls, ...plain } = https("d.com", { port: 10080, protocol: "HTTP" });
    assert.deepEqual(answers(true, [b, elsewhere, plain], []), {
      "https-10443/b.com": {},
      "https-8443/c.com": {},
      "http-10080": {},
    });
  });

  it("are not told apart where that is not asked for", () => {
    assert.deepEqual(answers(false, [wild, b], []), { "https-10443/*.a.com": {}, "https-10443/b.com": {} });
  });
});

/** The neighbours' hosts, from the view of each hostname of a port. */
function neighboursOf(hostnames: readonly string[]) {
  const graph = createGraph({ freeze: true });
  const listeners = graph.source<HttpListener>("listeners");
  const misdirected = deriveMisdirected(graph, listeners);
  const keyOf = (hostname: string) => tableKey(https(hostname));
  const put = (hostname: string) => listeners.set(listenerKey(https(hostname)), https(hostname));
  graph.batch(() => hostnames.forEach(put));
  return {
    of: (hostname: string) => misdirected.get(keyOf(hostname))?.hosts ?? [],
    add: put,
    remove: (hostname: string) => listeners.delete(listenerKey(https(hostname))),
    runs: () => graph.describe().nodes.find(({ name }) => name === "misdirected")?.runs ?? 0,
  };
}

describe("the neighbours of a hostname", () => {
  it("are few: what a wildcard among them covers is left out", () => {
    const neighbours = neighboursOf(["*.com", "*.a.com", "x.a.com", "y.a.com", "z.x.a.com", "b.org"]);
    assert.deepEqual(neighbours.of("*.a.com"), ["*.com", "b.org", "x.a.com", "y.a.com", "z.x.a.com"]);
    assert.deepEqual(neighbours.of("x.a.com"), ["*.com", "b.org"]);
    assert.deepEqual(neighbours.of("b.org"), ["*.com"]);
    neighbours.remove("*.a.com");
    assert.deepEqual(neighbours.of("*.com"), ["b.org", "x.a.com", "y.a.com", "z.x.a.com"]);
    neighbours.remove("*.com");
    assert.deepEqual(neighbours.of("b.org"), ["x.a.com", "y.a.com", "z.x.a.com"]);
  });

  it("are all other hosts where there are too many to list", () => {
    const many = Array.from({ length: 100 }, (_, i) => `h${i}.com`);
    const neighbours = neighboursOf([...many, "*.d.com", "x.d.com"]);
    assert.deepEqual(neighbours.of("h1.com"), ["*"]);
    assert.deepEqual(neighbours.of("*.d.com"), ["*", "x.d.com"]);
    assert.deepEqual(neighbours.of("x.d.com"), ["*"]);
    const before = neighbours.runs();
    neighbours.add("one-more.com");
    assert.equal(neighbours.runs() - before, 1);
  });
});
