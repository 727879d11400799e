/** A control plane that is told which namespaces to look at has rights in no others, and serves those. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClass, installGateway } from "../gateway-install.ts";
import { apply, read } from "../manifests.ts";
import { createScene, echoBackend, httpGateway, namespaceOf } from "../scene.ts";
import { client } from "./this-cluster.ts";

describe("namespaces", () => {
  before(async () => {
    for (const name of ["watched", "other"]) await apply(client, namespaceOf(name));
    const watch = { type: "Namespaces", namespaces: ["watched"] };
    await installGateway(client, { config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes: { watch } } } } });
    await createClass(client);
  });

  test("Gateways in watched namespaces are served, others are not looked at", async () => {
    for (const manifest of [...echoBackend("other"), httpGateway("other")]) await apply(client, manifest);
    await createScene(client, "watched");
    await sleep(1_000);
    const { status } = (await read(client, httpGateway("other"))) as {
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    assert.ok((status?.conditions ?? []).every((condition) => condition.status === "Unknown"));
  });
});
