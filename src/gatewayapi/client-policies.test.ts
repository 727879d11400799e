import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { issue, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backendRef,
  clientTrafficPolicy,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  httpsListener,
  listener,
  listenerSet,
  namespace,
  referenceGrant,
  rule,
  service,
  takesListenerSets,
} from "../../test/builders/objects.ts";
import { described, translate } from "../../test/builders/translation.ts";
import type { ClientTrafficSpec } from "../api/envoy/client-traffic-policy.ts";
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { Listener } from "../api/gateway/listener.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { slot } from "../ir/slot.ts";
import type { ListenerField } from "./listener-field.ts";
import type { AncestorStatusBody } from "./status/object-status.ts";

const certificate = await issue(["a.com", "b.com", "c.com"]);

const pathSlot = slot<string>("path");

/** A path is kept, `/wrong` is a mistake, and `/warned` is warned of. Tells what it was asked for. */
function recordingField() {
  const sites: object[] = [];
  const names: string[] = [];
  const field: ListenerField = {
    translate({ healthCheck }, parts, site) {
      const { routeHosts, ...rest } = site;
      sites.push({ ...rest, hosts: routeHosts() });
      names.push(site.name);
      if (healthCheck === undefined) return { parts };
      const { path } = healthCheck;
      const message = `${path} at ${site.name}`;
      if (path === "/wrong") return { parts, mistakes: [message] };
      return { parts: pathSlot.set(parts, path), ...(path === "/warned" && { warnings: [{ reason: "UDPPortTaken", message }] }) };
    },
  };
  return { field, sites, names };
}

const secure = (name: string, changes: Partial<Listener> = {}) =>
  httpsListener(name, ["cert"], { hostname: `${name}.com`, ...changes });
const says = (path: string): Partial<ClientTrafficSpec> => ({ healthCheck: { path } });
const set = (changes: object = {}) => ({ kind: "ListenerSet", name: "set", ...changes });

/** Gateway `infra/gw` with listeners `a` and `b`, ListenerSet `infra/set` with `c` and `d`, all HTTPS; and what else there is. */
function arrange(...objects: readonly KubeObject[]) {
  const { field, sites, names } = recordingField();
  const translation = translate(
    [
      gatewayClass(),
      gateway("infra/gw", [secure("a"), secure("b")], takesListenerSets()),
      listenerSet("infra/set", "infra/gw", [secure("c"), secure("d")]),
      tlsSecret("infra/cert", certificate),
      ...objects,
    ],
    { listenerFields: [field] },
  );
  const { httpListeners, streamListeners } = translation;
  const listeners = () => [...httpListeners.values(), ...streamListeners.values()];
  return {
    translation,
    sites,
    /** The names of the listeners that the field was asked about since the last time. */
    asked: () => names.splice(0).sort(),
    /** What policies say at the listeners, by name. */
    said: () => Object.fromEntries(listeners().flatMap(({ name, parts }) => entry(name, pathSlot.of(parts)))),
    closed: () => listeners().flatMap(({ name, closed }) => (closed === true ? [name.slice(name.lastIndexOf("/") + 1)] : [])),
    /** `target: conditions` at the ancestors of a policy. */
    at: (key: string) => ancestors(translation.statusOf<AncestorStatusBody>(`ClientTrafficPolicy/${key}`)),
    told: (key: string) =>
      translation
        .statusOf<AncestorStatusBody>(`ClientTrafficPolicy/${key}`)
        .ancestors.flatMap(({ conditions }) => conditions.map(({ message }) => message)),
  };
}

function entry(name: string, path: string | undefined): readonly (readonly [string, string])[] {
  return path === undefined ? [] : [[name.slice(name.lastIndexOf("/") + 1), path]];
}

function ancestors({ ancestors: all }: AncestorStatusBody): readonly string[] {
  return all.map(({ ancestorRef: { name, sectionName }, conditions }) =>
    [sectionName === undefined ? name : `${name}/${sectionName}`, ...described(conditions)].join(" "),
  );
}

const selecting = (selector: object): Partial<ClientTrafficSpec> => ({
  targetSelectors: [{ group: gatewayGroup, kind: "Gateway", ...selector }],
});

function labelled<K extends KubeObject>(object: K, labels: Readonly<Record<string, string>>): K {
  return { ...object, metadata: { ...object.metadata, labels } };
}

describe("which ClientTrafficPolicy a listener has", () => {
  test("that of the listener goes before that of its ListenerSet, and that before the Gateway's", () => {
    const { said, at, told } = arrange(
      clientTrafficPolicy("infra/all", [{}], says("/gateway")),
      clientTrafficPolicy("infra/set", [set()], says("/set")),
      clientTrafficPolicy("infra/a", [{ sectionName: "a" }], says("/a")),
      clientTrafficPolicy("infra/c", [set({ sectionName: "c" })], says("/c")),
    );
    assert.deepEqual(said(), { a: "/a", b: "/gateway", c: "/c", d: "/set" });
    assert.deepEqual(at("infra/all"), ["gw Accepted=True/Accepted Overridden=True/Overridden"]);
    assert.deepEqual(at("infra/set"), ["set Accepted=True/Accepted Overridden=True/Overridden"]);
    assert.deepEqual(at("infra/a"), ["gw/a Accepted=True/Accepted"]);
    assert.deepEqual(at("infra/c"), ["set/c Accepted=True/Accepted"]);
    assert.match(told("infra/all").join(), /at listeners a, c, d$|at listeners a, c, d,/);
    assert.match(told("infra/set").join(), /at listeners c/);
  });

  test("of several on one target the oldest counts, then the first by name; the others are told", () => {
    const { said, at, told, translation } = arrange(
      clientTrafficPolicy("infra/p1", [{ sectionName: "a" }], says("/1"), "2026-01-02T00:00:00Z"),
      clientTrafficPolicy("infra/p2", [{ sectionName: "a" }], says("/2"), "2026-01-01T00:00:00Z"),
      clientTrafficPolicy("infra/p4", [{ sectionName: "b" }], says("/4"), "2026-01-01T00:00:00Z"),
      clientTrafficPolicy("infra/p3", [{ sectionName: "b" }], says("/3"), "2026-01-01T00:00:00Z"),
    );
    assert.deepEqual(said(), { a: "/2", b: "/3" });
    assert.deepEqual(at("infra/p1"), ["gw/a Accepted=False/Conflicted"]);
    assert.match(told("infra/p1").join(), /infra\/p2/);
    assert.deepEqual(at("infra/p4"), ["gw/b Accepted=False/Conflicted"]);
    translation.remove(clientTrafficPolicy("infra/p2", []));
    assert.deepEqual(said(), { a: "/1", b: "/3" });
    assert.deepEqual(at("infra/p1"), ["gw/a Accepted=True/Accepted"]);
  });

  test("a policy with several targets counts at each on its own", () => {
    const { said, at } = arrange(
      clientTrafficPolicy("infra/old", [{ sectionName: "a" }], says("/old"), "2026-01-01T00:00:00Z"),
      clientTrafficPolicy(
        "infra/new",
        [{ sectionName: "a" }, { sectionName: "none" }, set({ sectionName: "d" }), set({ sectionName: "d" })],
        says("/new"),
        "2026-01-02T00:00:00Z",
      ),
    );
    assert.deepEqual(said(), { a: "/old", d: "/new" });
    assert.deepEqual(at("infra/new"), [
      "gw/a Accepted=False/Conflicted",
      "gw/none Accepted=False/TargetNotFound",
      "set/d Accepted=True/Accepted",
    ]);
  });

  test("Gateways of others, or of other namespaces, are nothing to it", () => {
    const { said, translation } = arrange(
      gateway("infra/foreign", [listener("http")], { gatewayClassName: "foreign" }),
      clientTrafficPolicy("infra/p", [{ name: "foreign" }, { name: "missing" }], says("/p")),
      clientTrafficPolicy("app/p", [{}], says("/p")),
    );
    assert.deepEqual(said(), {});
    assert.equal(translation.statuses.get("ClientTrafficPolicy/infra/p"), undefined);
    assert.equal(translation.statuses.get("ClientTrafficPolicy/app/p"), undefined);
  });

  test("labels select Gateways of its namespace; those of others where a ReferenceGrant and the selector have it", () => {
    const team = { team: "red" };
    const others = { matchLabels: team, namespaces: { from: "Selector", selector: { matchLabels: { env: "prod" } } } };
    const grant = (at: string) => ({
      ...referenceGrant(at, "ops", []),
      spec: {
        from: [{ group: "gateway.envoyproxy.io", kind: "ClientTrafficPolicy", namespace: "ops" }],
        to: [{ group: gatewayGroup, kind: "Gateway" }],
      },
    });
    const { said, at, translation } = arrange(
      labelled(gateway("infra/own", [listener("own")]), team),
      labelled(gateway("prod/gw", [listener("prod")]), team),
      labelled(gateway("closed/gw", [listener("closed")]), team),
      labelled(gateway("dev/gw", [listener("dev")]), team),
      namespace("prod", { env: "prod" }),
      namespace("closed", { env: "prod" }),
      namespace("dev", { env: "dev" }),
      grant("prod"),
      grant("dev"),
      clientTrafficPolicy("infra/p", [], { ...selecting({ matchLabels: team }), ...says("/same") }),
      clientTrafficPolicy("ops/p", [], { ...selecting(others), ...says("/others") }),
    );
    assert.deepEqual(said(), { own: "/same", prod: "/others" });
    assert.deepEqual(at("ops/p"), ["gw Accepted=True/Accepted"]);
    translation.apply(labelled(gateway("infra/own", [listener("own")]), {}), namespace("prod", {}));
    assert.deepEqual(said(), {});
  });

  test("a selector that means nothing selects nothing", () => {
    const unknown = { matchExpressions: [{ key: "a", operator: "Like", values: [] }] };
    const { said } = arrange(clientTrafficPolicy("infra/p", [], { ...selecting(unknown), ...says("/p") }));
    assert.deepEqual(said(), {});
  });
});

describe("plain listeners on one port", () => {
  const objects = [
    gateway("infra/plain", [listener("x", { hostname: "x.com" }), listener("y", { hostname: "y.com" })], takesListenerSets()),
    listenerSet("infra/more", "infra/plain", [listener("z", { hostname: "z.com" })]),
  ];

  test("a policy for some of them is refused, and the listeners go on without it", () => {
    const { said, at, told, closed } = arrange(
      ...objects,
      clientTrafficPolicy("infra/x", [{ name: "plain", sectionName: "x" }], says("/x")),
      clientTrafficPolicy("infra/more", [set({ name: "more" })], says("/more")),
    );
    assert.deepEqual(said(), {});
    assert.deepEqual(closed(), []);
    assert.deepEqual(at("infra/x"), ["plain/x Accepted=False/Invalid"]);
    assert.deepEqual(at("infra/more"), ["more Accepted=False/Invalid"]);
    assert.match(told("infra/x").join(), /infra\/plain\/y/);
  });

  test("one for all of them is followed, and so is one for a listener that stays alone", () => {
    const { said, at, translation } = arrange(...objects, clientTrafficPolicy("infra/all", [{ name: "plain" }], says("/all")));
    assert.deepEqual(said(), { x: "/all", y: "/all", z: "/all" });
    assert.deepEqual(at("infra/all"), ["plain Accepted=True/Accepted"]);
    translation.apply(clientTrafficPolicy("infra/all", [set({ name: "more" })], says("/more")));
    assert.deepEqual(said(), {});
    translation.apply(gateway("infra/plain", [listener("x", { port: 81 })], takesListenerSets()));
    assert.deepEqual(said(), { z: "/more" });
    assert.deepEqual(at("infra/all"), ["more Accepted=True/Accepted"]);
  });
});

describe("what a ClientTrafficPolicy makes of its listeners", () => {
  test("a mistake closes them and is told; a correction opens them", () => {
    const { closed, at, told, translation } = arrange(
      clientTrafficPolicy("infra/p", [{ sectionName: "a" }, set()], says("/wrong")),
    );
    assert.deepEqual(closed(), ["a", "c", "d"]);
    assert.deepEqual(at("infra/p"), ["gw/a Accepted=False/Invalid", "set Accepted=False/Invalid"]);
    assert.deepEqual(told("infra/p"), ["/wrong at a", "/wrong at c\n/wrong at d"]);
    translation.apply(clientTrafficPolicy("infra/p", [{ sectionName: "a" }], says("/right")));
    assert.deepEqual(closed(), []);
    assert.deepEqual(at("infra/p"), ["gw/a Accepted=True/Accepted"]);
  });

  test("warnings and deprecated fields are one condition", () => {
    const { at, told } = arrange(
      clientTrafficPolicy("infra/warned", [{ sectionName: "a" }], says("/warned")),
      clientTrafficPolicy("infra/old", [{ sectionName: "b" }], { enableProxyProtocol: true }),
      clientTrafficPolicy("infra/both", [set()], { ...says("/warned"), enableProxyProtocol: true }),
    );
    assert.deepEqual(at("infra/warned"), ["gw/a Accepted=True/Accepted Warning=True/UDPPortTaken"]);
    assert.deepEqual(at("infra/old"), ["gw/b Accepted=True/Accepted Warning=True/DeprecatedField"]);
    assert.deepEqual(at("infra/both"), ["set Accepted=True/Accepted Warning=True/Warnings"]);
    assert.deepEqual(told("infra/both").at(-1)?.split("\n").length, 3);
  });

  test("a change of a policy is worked out for its own listeners only", () => {
    const { asked, said, translation } = arrange(
      clientTrafficPolicy("infra/a", [{ sectionName: "a" }], says("/a")),
      clientTrafficPolicy("infra/set", [set()], says("/set")),
    );
    assert.deepEqual(asked(), ["a", "c", "d"]);
    const others = () => [...translation.httpListeners.values()].filter(({ name }) => !name.endsWith("/a"));
    const before = others();
    translation.apply(clientTrafficPolicy("infra/a", [{ sectionName: "a" }], says("/other")));
    assert.deepEqual(asked(), ["a"]);
    assert.deepEqual(said(), { a: "/other", c: "/set", d: "/set" });
    for (const [index, other] of others().entries()) assert.equal(other, before[index]);
  });

  test("fields learn what the listener is like", () => {
    const plain = { http: false, secure: false, hostname: "*", asksClients: false, udpPortTaken: false, hosts: [] };
    const { sites } = arrange(
      gateway("infra/all", [
        listener("plain", { hostname: "*.a.com" }),
        secure("b", { port: 8443 }),
        listener("tcp", { port: 90, protocol: "TCP" }),
        listener("udp", { port: 8443, protocol: "UDP" }),
      ]),
      httpRoute("app/r", [rule([])], {
        hostnames: ["x.a.com", "*.y.a.com"],
        parentRefs: [{ group: gatewayGroup, kind: "Gateway", namespace: "infra", name: "all", sectionName: "plain" }],
      }),
      clientTrafficPolicy("infra/p", [{ name: "all" }]),
    );
    assert.deepEqual(sites, [
      { ...plain, name: "plain", http: true, hostname: "*.a.com", hosts: ["x.a.com"] },
      { ...plain, name: "b", http: true, hostname: "b.com", secure: true, udpPortTaken: true },
      { ...plain, name: "tcp" },
    ]);
  });
});

describe("what a policy makes of clusters", () => {
  const upstreamSlot = slot<string>("upstream");
  const field: ListenerField = {
    translate: ({ healthCheck }, parts) => ({ parts, upstream: healthCheck ? upstreamSlot.set({}, healthCheck.path) : {} }),
  };
  /** The clusters of Gateway `infra/gw`, with listeners `x` (80) and `y` (81), and what policies make of them. */
  function clusters(spec: Partial<EnvoyProxySpec>, ...objects: readonly KubeObject[]) {
    const { destinations, httpRoutes } = translate(
      [
        gatewayClass("eg", "infra/p"),
        envoyProxy("infra/p", spec),
        gateway("infra/gw", [listener("x"), listener("y", { port: 81 })], takesListenerSets()),
        service("app/s"),
        endpointSlice("app/s", ["10.1.0.1"]),
        httpRoute("app/r", [rule([backendRef("s")])]),
        ...objects,
      ],
      { listenerFields: [field] },
    );
    const made = [...destinations.values()].map(({ name, parts }) => [plain(name), upstreamSlot.of(parts) ?? ""].join(" "));
    const used = [...httpRoutes.values()].map(({ listener: at, rule: { action } }) => {
      const target = action.type === "forward" && action.backends.type === "single" ? action.backends.cluster : "";
      return `${at.slice(at.lastIndexOf("/") + 1)} ${plain(target)}`;
    });
    return { made: made.sort(), used: used.sort() };
  }
  const plain = (name: string) => name.replace(/#[0-9a-f]+/, "#");
  const [own, common] = ["app/r#", "service/app/s/8080"];

  test("the clusters of a route are as a listener of it needs them", () => {
    const { made, used } = clusters({}, clientTrafficPolicy("infra/p", [{ sectionName: "x" }], says("/x")));
    assert.deepEqual(made, [`${own} /x`]);
    assert.deepEqual(used, [`x ${own}`, `y ${own}`]);
  });

  test("where clusters are shared, routes at a listener with needs of its own have some apart", () => {
    const policy = clientTrafficPolicy("infra/p", [{ sectionName: "x" }], says("/x"));
    const { made, used } = clusters({ mergeBackends: {} }, policy);
    assert.deepEqual(made, [`${own} /x`, `${common} `]);
    assert.deepEqual(used, [`x ${own}`, `y ${common}`]);
  });

  test("a policy for the whole Gateway, or one that needs nothing of clusters, sets nothing apart", () => {
    for (const policy of [
      clientTrafficPolicy("infra/p", [{}], says("/gateway")),
      clientTrafficPolicy("infra/p", [{ sectionName: "x" }]),
    ]) {
      const { made, used } = clusters({ mergeBackends: {} }, policy);
      assert.deepEqual(made, [`${common} `]);
      assert.deepEqual(used, [`x ${common}`, `y ${common}`]);
    }
  });
});
