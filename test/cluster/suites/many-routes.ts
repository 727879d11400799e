/** A thousand routes, one after the other: statuses are right, the Gateway's is settled soon and was not written for each. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { createClass, installGateway } from "../gateway-install.ts";
import { read } from "../manifests.ts";
import { createScene, echoRoute, httpGateway } from "../scene.ts";
import { client } from "./this-cluster.ts";

const namespace = "shop";
const routes = 1_000;
const gateways = { group: "gateway.networking.k8s.io", version: "v1", plural: "gateways", namespace };

describe("many routes", () => {
  before(async () => {
    await installGateway(client);
    await createClass(client);
    await createScene(client, namespace);
  });

  test("attachedRoutes is settled soon after the last route, with few writes of the Gateway's status", async () => {
    const watching = new AbortController();
    const writes = countWrites(watching.signal);
    const started = Date.now();
    for (let index = 0; index < routes; index++) await create(echoRoute(namespace, `route-${index}`, `host-${index}.test`));
    const created = Date.now();
    while ((await attachedRoutes()) !== routes + 1) {
      assert.ok(Date.now() - created < 30_000, `attachedRoutes is ${await attachedRoutes()} 30 s after the last route`);
      await sleep(10);
    }
    const settled = Date.now();
    while ((await acceptedRoutes()) !== routes + 1) {
      assert.ok(Date.now() - created < 60_000, `${await acceptedRoutes()} routes are accepted 60 s after the last one`);
      await sleep(200);
    }
    const told = Date.now();
    watching.abort();
    const count = await writes;
    console.log(
      `${routes} routes created in ${created - started} ms; attachedRoutes settled ${settled - created} ms after the last, all statuses at most ${told - created} ms after it; ${count} writes of the Gateway's status`,
    );
    assert.ok(count <= 50, `${count} writes`);
  });
});

/** Without the cost of an apply: the server is to be asked as fast as it answers. */
async function create(route: object): Promise<void> {
  await client.request({ method: "POST", path: resourcePath({ ...gateways, plural: "httproutes" }), body: route });
}

async function attachedRoutes(): Promise<number | undefined> {
  const { status } = (await read(client, httpGateway(namespace))) as {
    readonly status?: { readonly listeners?: readonly { readonly attachedRoutes: number }[] };
  };
  return status?.listeners?.[0]?.attachedRoutes;
}

interface RouteList {
  readonly items: readonly {
    readonly status?: {
      readonly parents?: readonly { readonly conditions: readonly { readonly type: string; readonly status: string }[] }[];
    };
  }[];
}

async function acceptedRoutes(): Promise<number> {
  const { items } = (await client.request({
    method: "GET",
    path: resourcePath({ ...gateways, plural: "httproutes" }),
  })) as RouteList;
  const accepted = ({ status }: RouteList["items"][number]) =>
    ["Accepted", "ResolvedRefs"].every((type) =>
      status?.parents?.[0]?.conditions.some((condition) => condition.type === type && condition.status === "True"),
    );
  return items.filter(accepted).length;
}

/** How often the Gateway was changed until the signal came. */
async function countWrites(signal: AbortSignal): Promise<number> {
  const { metadata } = (await client.request({ method: "GET", path: resourcePath(gateways) })) as {
    readonly metadata: { readonly resourceVersion: string };
  };
  let count = 0;
  try {
    const query = { resourceVersion: metadata.resourceVersion };
    for await (const { type } of client.watch({ path: resourcePath(gateways), query, signal })) if (type === "MODIFIED") count++;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return count;
}
