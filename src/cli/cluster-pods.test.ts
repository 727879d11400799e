import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type AnsweringServer, openAnsweringServer } from "../../test/kubernetes/answering-server.ts";
import { loopbackPort, serveForwarding } from "../../test/kubernetes/port-forward-server.ts";
import type { AdminChoice } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { chooseProxies } from "./proxies.ts";

/** Every pod's admin interface is this one; it tells what pod it was asked as. */
const pods = [
  pod("envoy-gateway-system", "envoy-gateway-1", { "control-plane": "envoy-gateway" }, "False"),
  pod("envoy-gateway-system", "envoy-gateway-2", { "control-plane": "envoy-gateway" }),
  proxy("envoy-gateway-system", "envoy-shop-eg-1", { namespace: "shop", name: "eg" }),
  proxy("envoy-gateway-system", "envoy-shop-eg-2", { namespace: "shop", name: "eg" }),
  proxy("blog", "eg-3", { namespace: "blog", name: "eg" }),
  proxy("envoy-gateway-system", "envoy-merged", { class: "merged" }),
];

function pod(namespace: string, name: string, labels: Readonly<Record<string, string>>, ready = "True") {
  return { metadata: { namespace, name, labels }, status: { conditions: [{ type: "Ready", status: ready }] } };
}

function proxy(namespace: string, name: string, owner: { namespace?: string; name?: string; class?: string }) {
  const owning = "gateway.envoyproxy.io/owning-gateway";
  const labels = Object.entries({ "-namespace": owner.namespace, "-name": owner.name, class: owner.class });
  return pod(namespace, name, {
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
    ...Object.fromEntries(labels.flatMap(([end, value]) => (value === undefined ? [] : [[`${owning}${end}`, value]]))),
  });
}

describe("a control plane in a cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  const admin = createServer((asked, answer) => {
    if (asked.url === "/missing") answer.writeHead(404).end("there is no /missing\nthere is more\n");
    else answer.end(JSON.stringify({ asked: asked.url, host: asked.headers.host }));
  });
  let api: AnsweringServer;
  let forwarded: string[] = [];
  let choice: AdminChoice;

  before(async () => {
    await new Promise<void>((listening) => admin.listen(0, "127.0.0.1", listening));
    api = await openAnsweringServer((asked, answer) => {
      const url = new URL(asked.url ?? "/", "https://api");
      const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(url.pathname)?.[1];
      const wanted = (url.searchParams.get("labelSelector") ?? "").split(",").map((part) => part.split("="));
      const items = pods.filter(({ metadata }) => {
        const labels: Readonly<Record<string, string>> = metadata.labels;
        return (
          (namespace ?? metadata.namespace) === metadata.namespace && wanted.every(([key = "", value]) => labels[key] === value)
        );
      });
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items }));
    });
    serveForwarding(api.server, (url) => {
      forwarded.push(`${url.pathname.split("/").slice(4, 7).join("/")}:${url.searchParams.get("ports")}`);
      return loopbackPort((admin.address() as { port: number }).port);
    });
    const kubeconfig = join(folder, "config");
    const cluster = {
      server: api.url,
      "certificate-authority-data": Buffer.from(api.ca).toString("base64"),
      "tls-server-name": "localhost",
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "test", user: { token: "t" } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      "current-context": "test",
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    choice = { kubeconfig, controllerNamespace: "envoy-gateway-system" };
  });
  after(async () => {
    await api.close();
    admin.closeAllConnections();
    await new Promise((closed) => admin.close(closed));
    rmSync(folder, { recursive: true, force: true });
  });

  test("is asked through a replica that is ready, on its loopback interface", async () => {
    forwarded = [];
    assert.deepEqual(await askAdmin(choice, "/api/info"), { asked: "/api/info", host: "localhost:19000" });
    assert.deepEqual(forwarded, ["envoy-gateway-system/pods/envoy-gateway-2:19000"]);
  });

  test("and its refusals are told in its own words", async () => {
    await assert.rejects(askAdmin(choice, "/missing"), /^Error: there is no \/missing$/);
    await assert.rejects(
      askAdmin({ ...choice, controllerNamespace: "elsewhere" }, "/api/info"),
      /no control plane runs in namespace elsewhere: is it another one/,
    );
  });

  const chosen: readonly (readonly [string | undefined, object, readonly string[]])[] = [
    ["eg", { namespace: "shop" }, ["envoy-gateway-system/envoy-shop-eg-1", "envoy-gateway-system/envoy-shop-eg-2"]],
    ["blog/eg", { namespace: "default" }, ["blog/eg-3"]],
    ["envoy-shop-eg-2", { namespace: "default" }, ["envoy-gateway-system/envoy-shop-eg-2"]],
    ["merged", { namespace: "default" }, ["envoy-gateway-system/envoy-merged"]],
    [undefined, { namespace: "blog" }, ["blog/eg-3", "envoy-gateway-system/envoy-merged"]],
    [undefined, { allNamespaces: true, labels: ["gateway.envoyproxy.io/owning-gateway-namespace=blog"] }, ["blog/eg-3"]],
    [
      "eg",
      { allNamespaces: true },
      ["blog/eg-3", "envoy-gateway-system/envoy-shop-eg-1", "envoy-gateway-system/envoy-shop-eg-2"],
    ],
  ];
  for (const [name, where, expected] of chosen) {
    test(`its proxies are chosen by ${name ?? "no name"} and ${JSON.stringify(where)}`, async () => {
      const proxies = await chooseProxies(name, { ...choice, ...where });
      assert.deepEqual(proxies.map((each) => each.name).sort(), expected);
    });
  }

  test("a proxy is asked on its own admin interface", async () => {
    forwarded = [];
    const [found] = await chooseProxies("blog/eg", choice);
    assert.deepEqual(JSON.parse((await found?.ask("/config_dump")) ?? ""), { asked: "/config_dump", host: "localhost:19000" });
    assert.deepEqual(forwarded, ["blog/pods/eg-3:19000"]);
  });

  test("labels are those of pods", async () => {
    const here = { controllerNamespace: "envoy-gateway-system", labels: ["a=b"] };
    await assert.rejects(chooseProxies("eg", here), /proxies of this machine have none/);
    await assert.rejects(
      chooseProxies(undefined, { ...choice, allNamespaces: true, labels: ["app=other"] }),
      /no proxies with these labels: there are /,
    );
  });

  test("the pod of a control plane can be named", async () => {
    forwarded = [];
    await askAdmin({ ...choice, pod: "envoy-gateway-1" }, "/api/info");
    assert.deepEqual(forwarded, ["envoy-gateway-system/pods/envoy-gateway-1:19000"]);
    await assert.rejects(
      askAdmin({ ...choice, pod: "other" }, "/api/info"),
      /no pod other of a control plane.*: there are envoy-gateway-1, /,
    );
    await assert.rejects(askAdmin({ controllerNamespace: "x", pod: "other" }, "/api/info"), /name no pod/);
  });

  test("what is not there is told with what there is", async () => {
    await assert.rejects(
      chooseProxies("shop/other", choice),
      /no proxy shop\/other: there are envoy-gateway-system\/envoy-shop-eg-1, /,
    );
  });
});
