/** What changes cost where a Gateway has many ListenerSets on one port, each with a host and a route of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  listenerSet,
  parentSet,
  prefix,
  rule,
  takesListenerSets,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { KubeObject } from "../api/schema/metadata.ts";

const sets = 500;

function set(i: number, changes: Parameters<typeof listener>[1] = {}) {
  const own = listener("web", { port: 81, hostname: `h${i}.a.com`, ...changes });
  return listenerSet(`app/set${i}`, "infra/gw", [own, listener("more", { port: 82, hostname: `h${i}.b.com` })]);
}

function route(i: number, path = "/") {
  return httpRoute(`app/r${i}`, [rule([], { matches: [prefix(path)] })], { parentRefs: [parentSet(`app/set${i}`)] });
}

/** The world, and how many computations of which collection an edit runs. */
function counted() {
  const objects: KubeObject[] = [gatewayClass(), gateway("infra/gw", [listener("http")], takesListenerSets())];
  for (let i = 0; i < sets; i++) objects.push(set(i), route(i));
  const translation = translate(objects);
  assert.equal(translation.httpRoutes.size, 2 * sets);
  const runs = () => new Map(translation.graph.describe().nodes.map((node) => [node.name, node.runs]));
  const count = (edit: () => void): Record<string, number> => {
    const before = runs();
    edit();
    const ran = [...runs()].map(([name, after]) => [name, after - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(ran.filter(([, times]) => times > 0));
  };
  /** No collection ran more often than the listeners of one ListenerSet ask for. */
  const few = (ran: Record<string, number>) =>
    assert.ok(
      Object.values(ran).every((times) => times <= 6),
      JSON.stringify(ran),
    );
  return { translation, count, few };
}

describe("among many ListenerSets", () => {
  test("a change of one concerns its own listeners and routes", () => {
    const { translation, count, few } = counted();
    const ran = count(() => translation.apply(set(7, { hostname: "new.a.com" })));
    few(ran);
    assert.equal(ran["rules of HTTPRoutes"], undefined);
    assert.equal(ran["status of gateways"], undefined);
    assert.equal(ran.infra, undefined);
    assert.equal(ran["status of listener sets"], 1);
  });

  test("one that comes or goes is counted, and concerns no other", () => {
    const { translation, count, few } = counted();
    few(count(() => translation.apply(set(sets))));
    assert.equal(translation.gatewayStatus("infra/gw").attachedListenerSets, sets + 1);
    few(count(() => translation.remove(set(sets))));
    assert.equal(translation.gatewayStatus("infra/gw").attachedListenerSets, sets);
    few(count(() => translation.remove(set(0))));
    assert.equal(translation.gatewayStatus("infra/gw").attachedListenerSets, sets - 1);
  });

  test("one that asks for what another has concerns the two of them", () => {
    const { translation, count, few } = counted();
    few(count(() => translation.apply(set(8, { hostname: "h7.a.com" }))));
    assert.equal(translation.httpRoutes.size, 2 * sets - 1);
  });

  test("a route's edit costs what it costs without them", () => {
    const { translation, count } = counted();
    assert.deepEqual(
      count(() => translation.apply(route(7, "/other"))),
      {
        "ancestors by HTTPRoute": 1,
        "backends of HTTPRoutes": 1,
        "rules of HTTPRoutes": 1,
        "parents of HTTPRoutes": 1,
        rules: 1,
        "http routes": 2,
        "route destinations": 1,
        "status of routes": 1,
      },
    );
  });
});
