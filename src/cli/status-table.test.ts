import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Condition } from "../api/schema/condition.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { statusTable } from "./status-table.ts";

const condition = (type: string, status: Condition["status"], generation: number): Condition => ({
  type,
  status,
  reason: `Reason${type}`,
  message: `about\n${type}`,
  observedGeneration: generation,
  lastTransitionTime: "2024-01-01T01:00:00Z",
});

function object(name: string, status: object): KubeObject {
  return { apiVersion: "v1", kind: "Any", metadata: { namespace: "default", name }, status } as KubeObject;
}

const gateway = object("eg", { conditions: [condition("Accepted", "True", 1), condition("Programmed", "False", 12)] });
const route = object("a-route-of-some-length", { parents: [{ conditions: [condition("Accepted", "True", 3)] }] });
const policy = object("p", { ancestors: [{ conditions: [condition("Accepted", "True", 3)] }] });
const plain = { quiet: false, verbose: false, namespaces: false };

describe("the table of statuses", () => {
  test("has the last condition of each object first, and its name once", () => {
    assert.equal(
      statusTable([gateway], plain),
      "NAME      TYPE         STATUS    REASON\neg        Programmed   False     ReasonProgrammed\n          Accepted     True      ReasonAccepted\n",
    );
  });

  test("has only the last one when quiet, and every column when verbose", () => {
    assert.equal(
      statusTable([gateway], { quiet: true, verbose: true, namespaces: true, prefix: "gateway/" }),
      "NAMESPACE   NAME         TYPE         STATUS    REASON             MESSAGE            OBSERVED GENERATION   LAST TRANSITION TIME\ndefault     gateway/eg   Programmed   False     ReasonProgrammed   about Programmed   12                    2024-01-01 01:00:00 +0000 UTC\n",
    );
  });

  test("looks into parents and ancestors, and is as wide as it must be", () => {
    assert.equal(
      statusTable([route, policy, object("none", {})], plain),
      "NAME                     TYPE       STATUS    REASON\na-route-of-some-length   Accepted   True      ReasonAccepted\np                        Accepted   True      ReasonAccepted\n",
    );
  });
});
