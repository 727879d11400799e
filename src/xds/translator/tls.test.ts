import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, httpRoute, listenerKey, routeRule } from "../../../test/builders/ir.ts";
import { xdsInput } from "../../../test/builders/xds-input.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener, HttpRoute, TlsSecret } from "../../ir/xds.ts";
import type { XdsType } from "../resource.ts";
import { deriveXds } from "./derive-xds.ts";
import { compatibleNaming } from "./names.ts";

function open() {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const secrets = graph.source<TlsSecret>("secrets");
  const routes = graph.source<HttpRoute>("routes");
  const { resources } = deriveXds(graph, xdsInput(graph, { listeners, secrets, routes }), {
    naming: compatibleNaming,
    features: [],
    readiness: false,
    systemTrustFile: "/ca.crt",
  });
  const add = {
    listener: (each: HttpListener) => listeners.set(listenerKey(each), each),
    secret: (each: TlsSecret) => secrets.set(`${each.scope}|${each.name}`, each),
    route: (each: HttpRoute) => routes.set("route", each),
  };
  const resource = (type: XdsType, name: string) => {
    const found = resources.get(`default/eg|${type}|${name}`);
    assert.ok(found, `no ${type} ${name} among ${[...resources.keys()].join(", ")}`);
    return found;
  };
  return { graph, resources, add, resource, json: (type: XdsType, name: string) => decodeResource(resource(type, name)) };
}

/** A secret whose content is only bytes to the translation. */
function tlsSecret(name: string, change: Partial<TlsSecret> = {}): TlsSecret {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const users = [httpListener().source];
  return { scope: "default/eg", name, users, certificateChain: base64("chain"), privateKey: base64("key"), ...change };
}

/** An HTTPS listener of Gateway `default/eg` on port 443. */
function httpsListener(name: string, hostname: string, change: Partial<HttpListener> = {}): HttpListener {
  const tls = { certificates: ["default/cert"], alpn: ["h2", "http/1.1"] };
  return httpListener({
    name: `default/eg/${name}`,
    hostname,
    protocol: "HTTPS",
    externalPort: 443,
    port: 10443,
    tls,
    ...change,
  });
}

describe("HTTPS listeners of one port", () => {
  interface Chain {
    readonly name: string;
    readonly filter_chain_match?: { readonly server_names: readonly string[] };
    readonly transport_socket: { readonly typed_config: { readonly common_tls_context: { readonly alpn_protocols: string[] } } };
    readonly filters: readonly { readonly typed_config: { readonly stat_prefix: string } }[];
  }
  interface EnvoyListener {
    readonly filter_chains: readonly Chain[];
    readonly default_filter_chain?: unknown;
    readonly listener_filters?: readonly { readonly name: string }[];
  }
  const any = httpsListener("any", "*");
  const one = httpsListener("one", "a.example.com", {
    order: 1,
    tls: { certificates: ["default/cert", "default/other"], alpn: ["http/1.1"] },
  });
  const openWith = (...listeners: HttpListener[]) => {
    const world = open();
    world.graph.batch(() => {
      for (const listener of listeners) world.add.listener(listener);
      world.add.secret(tlsSecret("default/cert"));
    });
    return world;
  };
  const listenerOf = (world: ReturnType<typeof open>) => world.json("Listener", "default/eg/any") as unknown as EnvoyListener;

  it("are filter chains by server name, each with its own TLS, counters and route table", () => {
    const world = openWith(any, one);
    const { filter_chains: chains, default_filter_chain: plain, listener_filters: filters = [] } = listenerOf(world);
    assert.deepEqual(
      chains.map(({ name, filter_chain_match: match, transport_socket: socket, filters: [manager] }) => [
        name,
        match?.server_names,
        socket.typed_config.common_tls_context.alpn_protocols,
        manager?.typed_config.stat_prefix,
      ]),
      [
        ["default/eg/any", undefined, ["h2", "http/1.1"], "https-10443"],
        ["default/eg/one", ["a.example.com"], ["http/1.1"], "https-10443"],
      ],
    );
    assert.equal(plain, undefined);
    assert.deepEqual(
      filters.map(({ name }) => name),
      ["envoy.filters.listener.tls_inspector"],
    );
    assert.deepEqual(
      [...world.resources.keys()].filter((key) => key.includes("RouteConfiguration")),
      ["default/eg|RouteConfiguration|default/eg/any", "default/eg|RouteConfiguration|default/eg/one"],
    );
  });

  it("check certificates of clients against secrets that they name, strictly or not", () => {
    const contextWith = (required: boolean) => {
      const clients = {
        trust: { secret: "gateway/default/eg/443/ca.crt", bundle: "default/eg/443" },
        required,
        verified: required,
      };
      const strict = httpsListener("any", "*", { tls: { certificates: ["default/cert"], clients, alpn: ["h2"] } });
      const world = openWith(strict);
      const { references } = world.resource("Listener", "default/eg/any");
      assert.ok([...references].some(({ type, name }) => type === "Secret" && name === clients.trust.secret));
      return listenerOf(world).filter_chains[0]?.transport_socket.typed_config as Record<string, unknown> | undefined;
    };
    const secret = {
      name: "gateway/default/eg/443/ca.crt",
      sds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
    };
    const certificates = [{ ...secret, name: "default/cert" }];
    const { common_tls_context: strict, require_client_certificate: required } = contextWith(true) ?? {};
    assert.deepEqual(strict, {
      alpn_protocols: ["h2"],
      tls_certificate_sds_secret_configs: certificates,
      validation_context_sds_secret_config: secret,
    });
    assert.equal(required, true);
    const { common_tls_context: lenient, require_client_certificate: asked } = contextWith(false) ?? {};
    assert.deepEqual(lenient, {
      alpn_protocols: ["h2"],
      tls_certificate_sds_secret_configs: certificates,
      combined_validation_context: {
        default_validation_context: { trust_chain_verification: "ACCEPT_UNTRUSTED" },
        validation_context_sds_secret_config: secret,
      },
    });
    assert.equal(asked, false);
  });

  it("need no look at the server name where there is nothing to choose", () => {
    assert.equal(listenerOf(openWith(any)).listener_filters, undefined);
  });

  it("name their route tables and secrets, each once", () => {
    assert.deepEqual(
      [...openWith(any, one).resource("Listener", "default/eg/any").references],
      [
        { type: "RouteConfiguration", name: "default/eg/any" },
        { type: "Secret", name: "default/cert" },
        { type: "RouteConfiguration", name: "default/eg/one" },
        { type: "Secret", name: "default/other" },
      ],
    );
  });

  it("serve the routes attached to them and no others", () => {
    const world = openWith(any, one);
    world.add.route(httpRoute(routeRule(), { listener: listenerKey(one), hostname: "a.example.com" }));
    const hosts = (name: string) =>
      ((world.json("RouteConfiguration", name) as { virtual_hosts?: unknown[] }).virtual_hosts ?? []).length;
    assert.deepEqual([hosts("default/eg/any"), hosts("default/eg/one")], [0, 1]);
  });
});

describe("a secret", () => {
  it("is sent with its chain, its key and, where there is one, its OCSP response", () => {
    const world = open();
    world.add.secret(tlsSecret("default/cert", { privateKey: "a2\nV5", ocspStaple: "b2NzcA==" }));
    assert.deepEqual(world.json("Secret", "default/cert"), {
      name: "default/cert",
      tls_certificate: {
        certificate_chain: { inline_bytes: "Y2hhaW4=" },
        private_key: { inline_bytes: "a2V5" },
        ocsp_staple: { inline_bytes: "b2NzcA==" },
      },
    });
  });

  it("changes alone", () => {
    const world = open();
    world.graph.batch(() => {
      world.add.listener(httpsListener("https", "*"));
      world.add.secret(tlsSecret("default/cert"));
    });
    const sent: string[][] = [];
    world.graph.subscribe(world.resources, ({ updates }) => sent.push([...updates.keys()]));
    world.add.secret(tlsSecret("default/cert", { certificateChain: "bmV3" }));
    assert.deepEqual(sent.at(-1), ["default/eg|Secret|default/cert"]);
    assert.equal(sent.length, 2);
  });
});
