import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../test/xds/conversation.ts";
import { put, resource, routes, scope } from "../../../test/xds/resources.ts";
import type { SyncReport } from "../../ir/infra.ts";
import { SyncReports } from "./sync-report.ts";

test("a proxy that has a listener is not in sync before it has the listener's routes and secrets, too", () => {
  const talk = new Conversation();
  const references = [
    { type: "RouteConfiguration", name: "r" },
    { type: "Secret", name: "s" },
  ] as const;
  talk.apply(put(resource("Listener", "l", "1", references)), put(routes("r", "1", [])), put(resource("Secret", "s", "1")));
  const reports = new SyncReports(talk.clock, 0);
  let told: SyncReport | undefined;
  reports.subscribe((_scope, report) => {
    told = report;
  });
  reports.connected({ node: { id: "one", cluster: scope }, scope, variant: "delta", stream: talk.stream });
  const isSynced = () => {
    reports.changed(scope);
    talk.clock.advance(0);
    return told?.synced;
  };
  talk.ask("Listener");
  assert.equal(isSynced(), false);
  talk.ackAll();
  assert.equal(isSynced(), false);
  talk.ask("RouteConfiguration", { subscribe: ["r"] });
  talk.ackAll();
  assert.equal(isSynced(), false);
  talk.ask("Secret", { subscribe: ["s"] });
  assert.equal(isSynced(), false);
  talk.ackAll();
  assert.equal(isSynced(), true);
});
