import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { issue, tlsSecret } from "../../../test/builders/certificates.ts";
import { settledPromises } from "../../../test/builders/manual-clock.ts";
import { gateway, gatewayClass, httpsListener, listener } from "../../../test/builders/objects.ts";
import type { FakeObject } from "../../../test/kubernetes/fake-api-server.ts";
import { holdsSoon, openProviderOver } from "../../../test/kubernetes/provider-rig.ts";
import { configMap } from "../../api/core/config-map.ts";
import type { ApiObject } from "../../api/kinds.ts";
import type { ObjectStatus } from "../../gatewayapi/status/object-status.ts";
import { type ApiClient, ApiError } from "../../kubernetes/api-client.ts";
import { createContents } from "./contents-on-demand.ts";
import type { KindSource } from "./kind-source.ts";
import { createReaders } from "./readers.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";

/** A Gateway with a listener for each Secret, and the state of its listeners as users see it. */
async function openGateway(t: Parameters<typeof openProviderOver>[0], secrets: readonly string[]) {
  const rig = openProviderOver(t);
  const put = (names: readonly string[]) => {
    const secure = names.map((name, at) => httpsListener(`https-${name}`, [name], { hostname: `${at}.example` }));
    rig.server.put(`${gatewayApi}/gateways`, gateway("shop/eg", [listener("http"), ...secure]) as unknown as FakeObject);
  };
  rig.server.put(`${gatewayApi}/gatewayclasses`, gatewayClass() as unknown as FakeObject);
  put(secrets);
  const certificate = await issue(["0.example"]);
  for (const name of ["a", "b"]) rig.server.put("v1/secrets", tlsSecret(`shop/${name}`, certificate));
  let status: ObjectStatus["status"] | undefined;
  rig.graph.subscribe(rig.pipeline.statuses, ({ updates }) => {
    status = updates.get("Gateway/shop/eg")?.status ?? status;
  });
  /** As of the last version that was published. */
  const listeners = () => {
    const found = status !== undefined && "listeners" in status ? (status.listeners ?? []) : [];
    return Object.fromEntries(
      found.map(({ name, conditions }) => [name, conditions.find(({ type }) => type === "ResolvedRefs")?.status]),
    );
  };
  return { rig, put, listeners, certificate };
}

describe("Secrets that are read when they are referenced", () => {
  test("one that the server cannot read holds up nothing else for long, and is there when it can be read", async (t) => {
    const { rig, listeners } = await openGateway(t, ["a", "b"]);
    rig.server.fault = ({ path }) => (path.endsWith("/secrets/b") ? new ApiError(500, "InternalError", "no key") : undefined);
    rig.provider.start();
    await holdsSoon(() => {
      rig.clock.advance(1_000);
      assert.deepEqual(listeners(), { http: "True", "https-a": "True", "https-b": "False" });
    });
    assert.match(rig.provider.problems()[0]?.message ?? "", /cannot be read: no key/);
    rig.server.fault = () => undefined;
    await holdsSoon(() => {
      rig.clock.advance(5_000);
      assert.deepEqual(listeners(), { http: "True", "https-a": "True", "https-b": "True" });
    });
    assert.deepEqual(rig.provider.problems(), []);
  });

  test("one that is deleted while it is read is not there", async (t) => {
    const { rig, put, listeners } = await openGateway(t, ["a"]);
    await rig.start();
    const asked = Promise.withResolvers<void>();
    const deleted = Promise.withResolvers<void>();
    const { client } = rig.server;
    const { request } = client;
    client.request = async (options) => {
      const answer = await request(options);
      if (options.path.endsWith("/secrets/b")) {
        asked.resolve();
        await deleted.promise;
      }
      return answer;
    };
    put(["a", "b"]);
    await asked.promise;
    rig.server.delete("v1/secrets", "shop/b");
    await settledPromises();
    deleted.resolve();
    await holdsSoon(() => assert.deepEqual(listeners(), { http: "True", "https-a": "True", "https-b": "False" }));
  });

  test("while the server answers nobody, nothing is told to be missing", async (t) => {
    const { rig, put, listeners } = await openGateway(t, ["a"]);
    await rig.start();
    rig.server.fault = ({ method }) => (method === "GET" ? new ApiError(503, "ServiceUnavailable", "no leader") : undefined);
    put(["a", "b"]);
    for (let second = 0; second < 60; second++) await rig.clock.advanceSettling(1_000);
    assert.deepEqual(listeners(), { http: "True", "https-a": "True" });
    rig.server.fault = () => undefined;
    await holdsSoon(() => {
      rig.clock.advance(1_000);
      assert.deepEqual(listeners(), { http: "True", "https-a": "True", "https-b": "True" });
    });
  });

  test("one that changes while it cannot be read stays as it was", async (t) => {
    const { rig, listeners } = await openGateway(t, ["a"]);
    await rig.start();
    rig.server.fault = ({ path }) => (path.endsWith("/secrets/a") ? new ApiError(403, "Forbidden", "not yours") : undefined);
    rig.server.put("v1/secrets", tlsSecret("shop/a", await issue(["x.example"])));
    await holdsSoon(() => assert.equal(rig.provider.problems().length, 1));
    assert.deepEqual(listeners(), { http: "True", "https-a": "True" });
  });
});

describe("answers that come late", () => {
  /** Contents over a server whose answers are given one by one. */
  function open() {
    const asked: ((version: string) => void)[] = [];
    const written: string[] = [];
    const readers = createReaders(undefined);
    const versionOf = (object: ApiObject | undefined) =>
      (object?.kind === "ConfigMap" ? object.data?.version : undefined) ?? "gone";
    const client: ApiClient = {
      request: () =>
        new Promise((resolve) => {
          asked.push((resourceVersion) => resolve(stored(resourceVersion)));
        }),
      watch: () => assert.fail("nothing is watched"),
      close: () => {},
    };
    const contents = createContents({
      client,
      readers,
      signal: new AbortController().signal,
      kind: configMap,
      sourceOf: () => ({ pathOf: (_namespace: string, name: string) => `/${name}` }) as unknown as KindSource<string>,
      write: (_key, object) => written.push(versionOf(object)),
      tell: (_key, problem) => assert.equal(problem, undefined),
    });
    contents.changed([{ key: "shop/a", value: "1" }]);
    readers.listener("shop/a", undefined, true);
    const supplied = contents.supply();
    assert.ok(supplied !== undefined);
    const handedOn = supplied.then((changes) => changes.map(({ value }) => versionOf(value)));
    return { contents, asked, written, handedOn };
  }

  const stored = (resourceVersion: string) => ({
    kind: "ConfigMap",
    metadata: { namespace: "shop", name: "a", uid: "u", resourceVersion },
    data: { version: resourceVersion },
  });

  test("do not take the place of a newer version", async () => {
    const { contents, asked, written, handedOn } = open();
    contents.changed([{ key: "shop/a", value: "2" }]);
    asked[1]?.("2");
    await setImmediate();
    assert.deepEqual(written, ["2"]);
    asked[0]?.("1");
    assert.deepEqual(await handedOn, []);
  });

  test("do not bring back what is gone", async () => {
    const { contents, asked, handedOn } = open();
    contents.changed([{ key: "shop/a", value: undefined }]);
    asked[0]?.("1");
    assert.deepEqual(await handedOn, []);
  });

  test("are followed by what came after them", async () => {
    const { contents, asked, written, handedOn } = open();
    contents.changed([{ key: "shop/a", value: "2" }]);
    asked[0]?.("1");
    assert.deepEqual(await handedOn, ["1"]);
    asked[1]?.("2");
    await setImmediate();
    assert.deepEqual(written, ["2"]);
  });
});
