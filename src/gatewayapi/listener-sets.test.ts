/** Listeners that ListenerSets add to Gateways. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { issue, tlsSecret } from "../../test/builders/certificates.ts";
import {
  envoyProxy,
  gateway,
  gatewayClass,
  httpRoute,
  httpsListener,
  listener,
  listenerSet,
  namespace,
  parent,
  parentSet,
  referenceGrant,
  rule,
  takesListenerSets,
} from "../../test/builders/objects.ts";
import { described, type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { ListenerSet } from "../api/gateway/listener-set.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import type { ListenerSetStatusBody } from "./status/object-status.ts";

const open = gateway("infra/gw", [listener("http")], takesListenerSets());

function world(...objects: readonly KubeObject[]): FixtureTranslation {
  return translate([gatewayClass(), open, ...objects]);
}

function statusOf(translation: FixtureTranslation, key: string): ListenerSetStatusBody {
  return translation.statusOf<ListenerSetStatusBody>(`ListenerSet/${key}`);
}

function entriesOf(translation: FixtureTranslation, key: string): Record<string, readonly string[]> {
  return Object.fromEntries(
    (statusOf(translation, key).listeners ?? []).map(({ name, conditions }) => [name, described(conditions)]),
  );
}

const taken = ["Accepted=True/Accepted", "Programmed=True/Programmed"];
const healthy = [
  "Accepted=True/Accepted",
  "Conflicted=False/NoConflicts",
  "Programmed=True/Programmed",
  "ResolvedRefs=True/ResolvedRefs",
];
const conflicting = (reason: string) => [
  `Accepted=False/${reason}`,
  `Conflicted=True/${reason}`,
  `Programmed=False/${reason}`,
  "ResolvedRefs=True/ResolvedRefs",
];

describe("a ListenerSet", () => {
  const fits = (from: Gateway["spec"]["allowedListeners"], at = "app") => {
    const gw = gateway("infra/gw", [listener("http")], from === undefined ? {} : { allowedListeners: from });
    const set = listenerSet(`${at}/more`, "infra/gw", [listener("x", { port: 81 })]);
    const translation = translate([gatewayClass(), gw, set, namespace("app", { team: "a" }), namespace("infra")]);
    return {
      conditions: described(statusOf(translation, `${at}/more`).conditions),
      listeners: [...translation.httpListeners.keys()],
    };
  };
  const refused = ["Accepted=False/NotAllowed", "Programmed=False/NotAllowed"];
  const both = ["infra/gw|infra/gw/app/more/x", "infra/gw|infra/gw/http"];

  test("is taken where the Gateway says so, and nowhere else", () => {
    assert.deepEqual(fits({ namespaces: { from: "All" } }), { conditions: taken, listeners: both });
    assert.deepEqual(fits(undefined), { conditions: refused, listeners: ["infra/gw|infra/gw/http"] });
    assert.deepEqual(fits({ namespaces: { from: "None" } }).conditions, refused);
    assert.deepEqual(fits({ namespaces: { from: "Same" } }).conditions, refused);
    assert.deepEqual(fits({ namespaces: { from: "Same" } }, "infra").conditions, taken);
    const selector = { matchLabels: { team: "a" } };
    assert.deepEqual(fits({ namespaces: { from: "Selector", selector } }).conditions, taken);
    assert.deepEqual(fits({ namespaces: { from: "Selector", selector } }, "infra").conditions, refused);
    assert.deepEqual(fits({ namespaces: { from: "Selector" } }).conditions, refused);
  });

  test("follows the labels of its namespace", () => {
    const selector = { matchLabels: { team: "a" } };
    const gw = gateway("infra/gw", [listener("http")], { allowedListeners: { namespaces: { from: "Selector", selector } } });
    const translation = translate([gatewayClass(), gw, listenerSet("app/more", "infra/gw", [listener("x", { port: 81 })])]);
    assert.equal(translation.gatewayStatus("infra/gw").attachedListenerSets, undefined);
    translation.apply(namespace("app", { team: "a" }));
    assert.equal(translation.gatewayStatus("infra/gw").attachedListenerSets, 1);
    translation.apply(namespace("app", { team: "b" }));
    assert.deepEqual([...translation.httpListeners.keys()], ["infra/gw|infra/gw/http"]);
  });

  test("of a Gateway that is not ours, or of something else, is left alone", () => {
    const set = listenerSet("app/more", "infra/gw", [listener("x", { port: 81 })]);
    const parentRef = { ...set.spec.parentRef, group: "example.com" };
    const foreign: ListenerSet = { ...set, spec: { ...set.spec, parentRef } };
    const translation = world(listenerSet("app/lost", "infra/none", [listener("x")]), foreign);
    assert.deepEqual([...translation.statuses.keys()], ["Gateway/infra/gw", "GatewayClass//eg"]);
  });

  test("of a Gateway that is refused says so", () => {
    const gw = gateway("infra/gw", [listener("http")], {
      ...takesListenerSets(),
      addresses: [{ type: "NamedAddress", value: "x" }],
    });
    const objects = [gatewayClass(), gw, listenerSet("app/more", "infra/gw", [listener("x")])];
    const { conditions, listeners } = statusOf(translate(objects, { compatible: true }), "app/more");
    assert.deepEqual(described(conditions), ["Accepted=False/ParentNotAccepted", "Programmed=False/ParentNotProgrammed"]);
    assert.equal(listeners, undefined);
  });

  test("with some invalid listeners is accepted for the others, and counted", () => {
    const good = listener("good", { port: 81 });
    const bad = listener("bad", { protocol: "INVALID", port: 82 });
    const translation = world(listenerSet("app/some", "infra/gw", [good, bad]), listenerSet("app/none", "infra/gw", [bad]));
    assert.deepEqual(described(statusOf(translation, "app/some").conditions), [
      "Accepted=True/ListenersNotValid",
      "Programmed=True/Programmed",
    ]);
    assert.deepEqual(described(statusOf(translation, "app/none").conditions), [
      "Accepted=False/ListenersNotValid",
      "Programmed=False/ListenersNotValid",
    ]);
    assert.deepEqual(entriesOf(translation, "app/some"), {
      good: healthy,
      bad: ["Accepted=False/UnsupportedProtocol", "Programmed=False/ListenersNotValid", "ResolvedRefs=True/ResolvedRefs"],
    });
    const { attachedListenerSets, listeners } = translation.gatewayStatus("infra/gw");
    assert.equal(attachedListenerSets, 1);
    assert.deepEqual(
      listeners.map(({ name }) => name),
      ["http"],
      "the status of a Gateway tells its own listeners",
    );
  });
});

describe("listeners that cannot be told apart", () => {
  const at = (port: number, changes: Parameters<typeof listener>[1] = {}) => [listener("x", { port, ...changes })];

  test("lose to the Gateway's, whoever was first", () => {
    const translation = world(
      listenerSet("app/host", "infra/gw", at(80), "2020-01-01T00:00:00Z"),
      listenerSet("app/protocol", "infra/gw", at(80, { protocol: "TCP" }), "2020-01-01T00:00:00Z"),
      listenerSet("app/other", "infra/gw", at(80, { hostname: "a.com" })),
    );
    assert.deepEqual(described(translation.gatewayStatus("infra/gw").listeners[0]?.conditions ?? []), [
      "Accepted=True/Accepted",
      "Programmed=True/Programmed",
      "ResolvedRefs=True/ResolvedRefs",
    ]);
    assert.deepEqual(entriesOf(translation, "app/host").x, conflicting("HostnameConflict"));
    assert.deepEqual(entriesOf(translation, "app/protocol").x, conflicting("ProtocolConflict"));
    assert.deepEqual(entriesOf(translation, "app/other").x, healthy);
  });

  test("go to the oldest ListenerSet, then by name; the next takes over when it goes", () => {
    const oldest = listenerSet("b/b", "infra/gw", at(81), "2020-01-01T00:00:00Z");
    const translation = world(
      listenerSet("a/a", "infra/gw", at(81), "2021-01-01T00:00:00Z"),
      listenerSet("a/b", "infra/gw", at(81), "2021-01-01T00:00:00Z"),
      oldest,
    );
    const ready = () => [...translation.httpListeners.keys()].filter((key) => key !== "infra/gw|infra/gw/http");
    assert.deepEqual(ready(), ["infra/gw|infra/gw/b/b/x"]);
    assert.deepEqual(entriesOf(translation, "a/a").x, conflicting("HostnameConflict"));
    translation.remove(oldest);
    assert.deepEqual(ready(), ["infra/gw|infra/gw/a/a/x"]);
    assert.deepEqual(entriesOf(translation, "a/a").x, healthy);
  });

  test("do not count where they lose or are refused anyway", () => {
    const tls = { mode: "Passthrough" as const };
    const translation = world(
      // Refused, so that it takes nothing from those after it.
      listenerSet("a/refused", "infra/gw", at(81, { tls, hostname: "a.com" })),
      listenerSet("b/http", "infra/gw", at(81, { hostname: "a.com" })),
      // Loses by its protocol, so that its host is free.
      listenerSet("c/tls", "infra/gw", at(81, { protocol: "TLS", tls, hostname: "b.com" })),
      listenerSet("d/http", "infra/gw", at(81, { hostname: "b.com" })),
    );
    assert.deepEqual(entriesOf(translation, "b/http").x, healthy);
    assert.deepEqual(entriesOf(translation, "c/tls").x, conflicting("ProtocolConflict"));
    assert.deepEqual(entriesOf(translation, "d/http").x, healthy);
  });

  test("on a port without hostnames are a conflict of protocols", () => {
    const translation = world(
      listenerSet("a/a", "infra/gw", at(81, { protocol: "TCP" })),
      listenerSet("a/b", "infra/gw", at(81, { protocol: "TCP" })),
      listenerSet("a/c", "infra/gw", at(81, { protocol: "UDP" })),
    );
    assert.deepEqual(entriesOf(translation, "a/a").x, healthy);
    assert.deepEqual(entriesOf(translation, "a/b").x, conflicting("ProtocolConflict"));
    assert.deepEqual(entriesOf(translation, "a/c").x, healthy);
  });

  test("lose to all Gateways of a fleet that is shared", () => {
    const translation = translate([
      gatewayClass("eg", "infra/p"),
      envoyProxy("infra/p", { mergeGateways: true }),
      gateway("infra/a", [listener("http")], takesListenerSets()),
      gateway("infra/b", [listener("http", { port: 81 })]),
      listenerSet("app/more", "infra/a", [listener("x", { port: 81 }), listener("y", { port: 82 })]),
    ]);
    assert.deepEqual(entriesOf(translation, "app/more"), { x: conflicting("HostnameConflict"), y: healthy });
    assert.deepEqual([...translation.httpListeners.keys()], ["eg|infra/a/app/more/y", "eg|infra/a/http", "eg|infra/b/http"]);
  });
});

describe("routes", () => {
  const same = { namespaces: { from: "Same" as const } };
  const set = listenerSet("app/more", "infra/gw", [
    listener("x", { port: 81, allowedRoutes: same }),
    listener("y", { port: 82, allowedRoutes: same }),
  ]);
  const listenersOf = (translation: FixtureTranslation) => [...translation.httpRoutes.values()].map((route) => route.listener);

  test("attach to all listeners of a ListenerSet, to one by name or by port, and not to the Gateway's", () => {
    const attached = (changes: Parameters<typeof parentSet>[1]) =>
      listenersOf(world(set, httpRoute("app/r", [rule([])], { parentRefs: [parentSet("app/more", changes)] })));
    assert.deepEqual(attached({}), ["infra/gw|infra/gw/app/more/x", "infra/gw|infra/gw/app/more/y"]);
    assert.deepEqual(attached({ sectionName: "y" }), ["infra/gw|infra/gw/app/more/y"]);
    assert.deepEqual(attached({ port: 81 }), ["infra/gw|infra/gw/app/more/x"]);
    assert.deepEqual(attached({ sectionName: "http" }), []);
  });

  test("of a Gateway stay at its own listeners", () => {
    const translation = world(set, httpRoute("infra/r", [rule([])], { parentRefs: [parent("infra/gw")] }));
    assert.deepEqual(listenersOf(translation), ["infra/gw|infra/gw/http"]);
  });

  test("come from the namespace of the ListenerSet where it says Same; statuses name it and count them", () => {
    const parentRefs = [parentSet("app/more", { sectionName: "x" })];
    const translation = world(
      set,
      httpRoute("app/r", [rule([])], { parentRefs }),
      httpRoute("infra/r", [rule([])], { parentRefs }),
    );
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
    assert.ok(translation.routeConditions("infra/r").includes("Accepted=False/NotAllowedByListeners"));
    assert.deepEqual(
      statusOf(translation, "app/more").listeners?.map(({ name, attachedRoutes }) => [name, attachedRoutes]),
      [
        ["x", 1],
        ["y", 0],
      ],
    );
  });

  test("of a ListenerSet that is not taken have no parent of ours", () => {
    const closed = gateway("infra/gw", [listener("http")]);
    const route = httpRoute("app/r", [rule([])], { parentRefs: [parentSet("app/more")] });
    const translation = translate([gatewayClass(), closed, set, route]);
    assert.equal(translation.statuses.get("HTTPRoute/app/r"), undefined);
    translation.apply(open);
    assert.deepEqual(translation.routeConditions("app/r"), ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]);
  });
});

describe("certificates", async () => {
  const certificate = await issue(["a.com"]);
  const ref = (name: string, at?: string) => ({
    group: "",
    kind: "Secret",
    name,
    ...(at === undefined ? {} : { namespace: at }),
  });
  const https = (at?: string) => httpsListener("x", [], { tls: { mode: "Terminate", certificateRefs: [ref("c", at)] } });
  const missing = ["Accepted=True/Accepted", "Programmed=False/ListenersNotValid", "ResolvedRefs=False/InvalidCertificateRef"];

  test("are those of the namespace of the ListenerSet", () => {
    const translation = world(listenerSet("app/more", "infra/gw", [https()]), tlsSecret("infra/c", certificate));
    assert.deepEqual(entriesOf(translation, "app/more").x, missing);
    assert.deepEqual(described(statusOf(translation, "app/more").conditions), [
      "Accepted=True/Accepted",
      "Programmed=False/ListenersNotValid",
    ]);
    translation.apply(tlsSecret("app/c", certificate));
    assert.deepEqual(entriesOf(translation, "app/more").x, healthy);
    assert.deepEqual([...translation.tlsSecrets.keys()], ["infra/gw|app/c"]);
  });

  test("of other namespaces need a grant for ListenerSets; one for Gateways is none", () => {
    const secrets = [{ group: "", kind: "Secret" }];
    const translation = world(
      listenerSet("app/more", "infra/gw", [https("infra")]),
      tlsSecret("infra/c", certificate),
      referenceGrant("infra", "app", secrets, "Gateway"),
    );
    assert.deepEqual(entriesOf(translation, "app/more").x, [
      "Programmed=False/ListenersNotValid",
      "ResolvedRefs=False/RefNotPermitted",
    ]);
    translation.apply(referenceGrant("infra", "app", secrets, "ListenerSet"));
    assert.deepEqual(entriesOf(translation, "app/more").x, healthy);
  });
});
