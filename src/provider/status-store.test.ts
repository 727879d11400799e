import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PureCondition } from "../gatewayapi/conditions.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import { createLogs, silentLogger } from "../log/logger.ts";
import { createStatusStore } from "./status-store.ts";

const condition = (type: string, status: PureCondition["status"], reason = type, message = "because"): PureCondition => ({
  type,
  status,
  reason,
  message,
});
const classKey = "GatewayClass//eg";
const ofClass = (...conditions: readonly PureCondition[]): ObjectStatus => ({
  object: { kind: "GatewayClass", namespace: "", name: "eg" },
  status: { conditions },
});

function storeAt(times: readonly string[], generation = 1) {
  const lines: string[] = [];
  const log = createLogs(
    { level: { default: "debug" } },
    { write: (line) => void lines.push(line.split("\t").slice(1).join(" ").trim()) },
  ).for("provider");
  let at = -1;
  const store = createStatusStore({
    generationOf: () => generation,
    log,
    now: () => new Date(times[Math.min(++at, times.length - 1)] ?? 0),
  });
  const update = (key: string, status: ObjectStatus | undefined) => store.update(new Map([[key, status]]));
  return { store, lines, update };
}

const noon = "2026-01-01T12:00:00Z";
const later = "2026-01-01T12:05:00Z";

describe("conditions", () => {
  test("get the generation and the time at which their status changed", () => {
    const { store, update } = storeAt([noon, later], 3);
    update(classKey, ofClass(condition("Accepted", "True"), condition("Ready", "False")));
    update(classKey, ofClass(condition("Accepted", "True", "Other", "new words"), condition("Ready", "True")));
    const status = store.get(classKey);
    assert.ok(status && "conditions" in status);
    assert.deepEqual(status.conditions, [
      {
        type: "Accepted",
        status: "True",
        reason: "Other",
        message: "new words",
        observedGeneration: 3,
        lastTransitionTime: noon,
      },
      { type: "Ready", status: "True", reason: "Ready", message: "because", observedGeneration: 3, lastTransitionTime: later },
    ]);
  });

  test("keep their times in a later store, for objects that it hears of", () => {
    const first = storeAt([noon]);
    first.update(classKey, ofClass(condition("Accepted", "True"), condition("Ready", "True")));
    const store = createStatusStore({
      generationOf: () => 1,
      log: silentLogger,
      now: () => new Date(later),
      memory: first.store.memory(),
    });
    assert.equal(store.get(classKey), undefined);
    store.update(new Map([[classKey, ofClass(condition("Accepted", "True"), condition("Ready", "False"))]]));
    const status = store.get(classKey);
    assert.ok(status && "conditions" in status);
    assert.deepEqual(
      status.conditions.map(({ lastTransitionTime }) => lastTransitionTime),
      [noon, later],
    );
  });

  test("of listeners, parents and ancestors are dated each by itself", () => {
    const { store, update } = storeAt([noon, later]);
    const listener = (name: string, status: PureCondition["status"]) => ({
      name,
      supportedKinds: [],
      attachedRoutes: 1,
      conditions: [condition("Accepted", status)],
    });
    const gateway = (b: PureCondition["status"]): ObjectStatus => ({
      object: { kind: "Gateway", namespace: "default", name: "eg" },
      status: {
        conditions: [condition("Accepted", "True")],
        addresses: [],
        listeners: [listener("a", "True"), listener("b", b)],
      },
    });
    update("Gateway/default/eg", gateway("True"));
    update("Gateway/default/eg", gateway("False"));
    const status = store.get("Gateway/default/eg");
    assert.ok(status && "listeners" in status);
    assert.deepEqual(
      status.listeners.map(({ name, attachedRoutes, conditions }) => [name, attachedRoutes, conditions[0]?.lastTransitionTime]),
      [
        ["a", 1, noon],
        ["b", 1, later],
      ],
    );

    const parents = ["x", "y"].map((name) => ({
      parentRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name },
      controllerName: "c",
      conditions: [condition("Accepted", "True")],
    }));
    const route = (count: number): ObjectStatus => ({
      object: { kind: "HTTPRoute", namespace: "default", name: "r" },
      status: { parents: parents.slice(0, count) },
    });
    const routes = storeAt([noon, later]);
    routes.update("HTTPRoute/default/r", route(1));
    routes.update("HTTPRoute/default/r", route(2));
    const ofRoute = routes.store.get("HTTPRoute/default/r");
    assert.ok(ofRoute && "parents" in ofRoute);
    assert.deepEqual(
      ofRoute.parents.map(({ conditions }) => conditions[0]?.lastTransitionTime),
      [noon, later],
    );
  });

  test("of an object that is gone are gone, and start anew when it returns", () => {
    const { store, update } = storeAt([noon, later, later]);
    update(classKey, ofClass(condition("Accepted", "True")));
    update(classKey, undefined);
    assert.equal(store.get(classKey), undefined);
    update(classKey, ofClass(condition("Accepted", "True")));
    const status = store.get(classKey);
    assert.ok(status && "conditions" in status);
    assert.equal(status.conditions[0]?.lastTransitionTime, later);
  });
});

describe("the log", () => {
  test("tells each change in one line, with the message of what is not well, and nothing that stayed", () => {
    const { lines, update } = storeAt([noon]);
    update(classKey, ofClass(condition("Accepted", "True"), condition("Ready", "False", "NoPort", "port 80 is taken")));
    update(classKey, ofClass(condition("Accepted", "True"), condition("Ready", "False", "NoPort", "other words")));
    update(classKey, ofClass(condition("Accepted", "True"), condition("Ready", "True")));
    update(classKey, undefined);
    assert.deepEqual(lines, [
      `DEBUG provider status of ${classKey}: Accepted=True (Accepted); Ready=False (NoPort): port 80 is taken`,
      `DEBUG provider status of ${classKey}: Ready=True (Ready)`,
      `DEBUG provider status of ${classKey}: gone`,
    ]);
  });
});
