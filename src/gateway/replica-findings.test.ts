import assert from "node:assert/strict";
import { test } from "node:test";
import type { SyncReport } from "../ir/infra.ts";
import { parseFindings, printFindings } from "./replica-findings.ts";

test("what is told of refusals arrives whole at other replicas", () => {
  const rejection = {
    typeUrl: "type.googleapis.com/envoy.config.listener.v3.Listener",
    resources: ["tcp-80"],
    message: "cannot bind '0.0.0.0:80': Address already in use",
    unbound: true,
  } as const;
  const report: SyncReport = { scope: "infra/gw", connected: 1, synced: false, serving: false, rejections: [rejection] };
  assert.deepEqual(parseFindings(printFindings({ reports: [report], problems: [] })).reports, [report]);
});
