import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ObjectStatus } from "../../gatewayapi/status/object-status.ts";
import { nextStatus } from "./next-status.ts";

const ours = "a.b/ours";
const isOthers = (ref: unknown) => (ref as { readonly name: string }).name === "other";
const writing = { controllerName: ours, isOthers, generation: 3, now: "2026-05-05T00:00:00Z" };
const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "" } as const;
const refused = { ...accepted, status: "False", reason: "NotAllowed" } as const;
const old = { lastTransitionTime: "2020-01-01T00:00:00Z", observedGeneration: 3 };
const parentRef = (name: string) => ({ name, group: "gateway.networking.k8s.io", kind: "Gateway" });
const parent = (name: string, condition: typeof accepted | typeof refused = accepted) => ({
  parentRef: parentRef(name),
  controllerName: ours,
  conditions: [condition],
});
const foreign = { parentRef: parentRef("x"), controllerName: "c.d/others", conditions: [{ ...accepted, ...old }] };
const written = (name: string, condition: typeof accepted | typeof refused = accepted) => ({
  ...parent(name),
  conditions: [{ ...condition, ...old }],
});

function routeStatus(...parents: ReturnType<typeof parent>[]): ObjectStatus["status"] {
  return { parents } as ObjectStatus["status"];
}

describe("the status to be written", () => {
  test("is none where all is said", () => {
    assert.equal(nextStatus(routeStatus(parent("g")), { parents: [written("g")] }, writing), undefined);
    assert.equal(nextStatus(undefined, { parents: [foreign] }, writing), undefined);
    assert.equal(nextStatus(undefined, undefined, writing), undefined);
  });

  test("leaves the entries of others where they are, and keeps ours in their places", () => {
    const present = { parents: [written("a", refused), foreign, written("gone")] };
    assert.deepEqual(nextStatus(routeStatus(parent("new"), parent("a")), present, writing), {
      parents: [
        { ...parent("a"), conditions: [{ ...accepted, observedGeneration: 3, lastTransitionTime: writing.now }] },
        foreign,
        { ...parent("new"), conditions: [{ ...accepted, observedGeneration: 3, lastTransitionTime: writing.now }] },
      ],
    });
    assert.deepEqual(nextStatus(undefined, present, writing), { parents: [foreign] });
  });

  test("keeps the time of a condition whose status stays, whatever else changes", () => {
    const present = { parents: [written("g")] };
    const next = nextStatus(routeStatus(parent("g")), present, { ...writing, generation: 4 });
    assert.deepEqual(next, { parents: [{ ...parent("g"), conditions: [{ ...accepted, ...old, observedGeneration: 4 }] }] });
  });

  test("never has more entries than the API takes", () => {
    const others = Array.from({ length: 31 }, (_, at) => ({ ...foreign, parentRef: parentRef(`o${at}`) }));
    const next = nextStatus(routeStatus(parent("a"), parent("b")), { parents: others }, writing);
    assert.deepEqual((next!.parents as { controllerName: string }[]).map(({ controllerName }) => controllerName).slice(30), [
      "c.d/others",
      ours,
    ]);
  });

  test("of a Gateway keeps conditions with a domain, replaces all else, and writes only fields that differ", () => {
    const listener = { name: "http", attachedRoutes: 1, supportedKinds: [], conditions: [accepted] };
    const status: ObjectStatus["status"] = { conditions: [accepted], addresses: [], listeners: [listener] };
    const custom = { ...accepted, ...old, type: "x.y/Checked" };
    const present = {
      conditions: [{ ...accepted, ...old }, { ...accepted, ...old, type: "Scheduled" }, custom],
      listeners: [
        { ...listener, attachedRoutes: 0, conditions: [{ ...accepted, ...old }] },
        { ...listener, name: "gone" },
      ],
      attachedListenerSets: 2,
    };
    assert.deepEqual(nextStatus(status, present, writing), {
      conditions: [{ ...accepted, ...old }, custom],
      listeners: [{ ...listener, conditions: [{ ...accepted, ...old }] }],
      attachedListenerSets: null,
    });
  });

  test("of an EnvoyProxy, whose entries bear no names, leaves those of others, and none of what is ours no more", () => {
    const ancestor = (name: string) => ({ ancestorRef: parentRef(name), conditions: [accepted] });
    const present = {
      ancestors: ["other", "gone"].map((name) => ({ ...ancestor(name), conditions: [{ ...accepted, ...old }] })),
    };
    const namesIn = (status: ReturnType<typeof nextStatus>) =>
      (status?.ancestors as ReturnType<typeof ancestor>[] | undefined)?.map(({ ancestorRef }) => ancestorRef.name);
    assert.deepEqual(namesIn(nextStatus({ ancestors: [ancestor("mine")] }, present, writing)), ["other", "mine"]);
    assert.deepEqual(namesIn(nextStatus(undefined, present, writing)), ["other"]);
    assert.equal(nextStatus(undefined, { ancestors: present.ancestors.slice(0, 1) }, writing), undefined);
  });
});
