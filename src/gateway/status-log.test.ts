import assert from "node:assert/strict";
import { test } from "node:test";
import { fails, holds } from "../gatewayapi/conditions.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import { createGraph } from "../graph/index.ts";
import { silentLogger } from "../log/logger.ts";
import { followBadObjects } from "./bad-objects.ts";
import { logStatuses } from "./status-log.ts";

test("a condition is told when it has lasted, once, and once when it is over", () => {
  const graph = createGraph();
  const statuses = graph.source<ObjectStatus>("statuses");
  const lines: string[] = [];
  const log = { ...silentLogger, warn: (text: string) => void lines.push(text), info: (text: string) => void lines.push(text) };
  let pending: (() => void) | undefined;
  const after = (_ms: number, fn: () => void) => {
    pending = fn;
    return () => {
      if (pending === fn) pending = undefined;
    };
  };
  const object = { kind: "GatewayClass", namespace: "", name: "eg" };
  const set = (good: boolean) => {
    const accepted = good
      ? holds("Accepted", "Accepted", "fine")
      : fails("Accepted", { reason: "InvalidParameters", message: "no such EnvoyProxy" });
    statuses.set("GatewayClass/eg", { object, status: { conditions: [accepted] } });
  };
  const end = logStatuses(followBadObjects({ graph, statuses }), log, { now: () => 0, after });
  set(false);
  set(true);
  pending?.();
  assert.deepEqual(lines, [], "what is over before it lasted is not told");
  set(false);
  pending?.();
  pending?.();
  assert.deepEqual(lines, ["GatewayClass/eg: Accepted is not as it should be: no such EnvoyProxy"]);
  set(true);
  pending?.();
  assert.equal(lines[1], "all objects are in order again");
  set(false);
  end();
  assert.equal(pending, undefined);
});
