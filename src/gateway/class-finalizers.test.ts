import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settledPromises } from "../../test/builders/manual-clock.ts";
import { gateway, gatewayClass, listener } from "../../test/builders/objects.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import type { ApiObject } from "../api/kinds.ts";
import { classFinalizer, setClassFinalizer } from "../infra/kubernetes/cluster/class-finalizers.ts";
import { type ApiClient, ApiError } from "../kubernetes/api-client.ts";
import { silentLogger } from "../log/logger.ts";
import { deriveHeldClasses, holdClasses } from "./class-finalizers.ts";
import { openPipeline } from "./pipeline.ts";
import { put } from "./translate.ts";

/** An API server with one GatewayClass. `busy`: somebody else is faster so many times. */
function server(finalizers: readonly string[], { busy = 0, leaving = false } = {}) {
  const stored = { resourceVersion: 1, finalizers: [...finalizers] };
  const writes: unknown[] = [];
  let left = busy;
  const client: ApiClient = {
    async request({ method, body }) {
      if (method === "GET") return { metadata: { ...stored, ...(leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }) } };
      if (left-- > 0) throw new ApiError(409, "Conflict", "somebody was faster");
      const { metadata } = body as { metadata: { finalizers: string[]; resourceVersion: number } };
      assert.equal(metadata.resourceVersion, stored.resourceVersion);
      writes.push(metadata.finalizers);
      stored.finalizers = metadata.finalizers;
      stored.resourceVersion++;
      return {};
    },
    watch: () => assert.fail("nothing is watched"),
    close: () => {},
  };
  return { client, writes, stored };
}

const signal = new AbortController().signal;

describe("the finalizer of a GatewayClass", () => {
  it("is added and removed beside those of others, and only when it must be", async () => {
    const { client, writes } = server(["other"], { busy: 2 });
    await setClassFinalizer(client, "eg", true, signal);
    await setClassFinalizer(client, "eg", true, signal);
    await setClassFinalizer(client, "eg", false, signal);
    assert.deepEqual(writes, [["other", classFinalizer], ["other"]]);
  });

  it("is not added to a class on its way out, and not looked for in one that is gone", async () => {
    const { client, writes } = server([], { leaving: true });
    await setClassFinalizer(client, "eg", true, signal);
    assert.deepEqual(writes, []);
    const gone: ApiClient = { ...client, request: () => Promise.reject(new ApiError(404, "NotFound", "gone")) };
    await setClassFinalizer(gone, "eg", true, signal);
    const down: ApiClient = { ...client, request: () => Promise.reject(new Error("no connection")) };
    await assert.rejects(setClassFinalizer(down, "eg", true, signal), /no connection/);
  });

  it("is kept while there are Gateways of the class", async () => {
    const parsed = parseConfig(
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider: {type: Kubernetes}\n",
      "c",
    );
    assert.ok("config" in parsed);
    const pipeline = openPipeline({ config: parsed.config });
    const held = deriveHeldClasses(pipeline.graph, pipeline);
    const { client, stored } = server([]);
    const settled = async () => {
      for (let i = 0; i < 10; i++) await settledPromises();
    };
    const set = async (...objects: readonly ApiObject[]) => {
      pipeline.graph.batch(() => {
        for (const object of objects) put(pipeline.objects, object);
      });
      await settled();
      // As the provider would tell it.
      const seen = gatewayClass();
      pipeline.graph.batch(() =>
        put(pipeline.objects, { ...seen, metadata: { ...seen.metadata, finalizers: stored.finalizers } } as ApiObject),
      );
      await settled();
      return stored.finalizers;
    };
    const end = holdClasses(pipeline.graph, held, client, silentLogger);
    assert.deepEqual(await set(gatewayClass() as ApiObject), []);
    assert.deepEqual(await set(gateway("default/eg", [listener("http")]) as ApiObject), [classFinalizer]);
    pipeline.graph.batch(() => pipeline.objects.Gateway.delete("default/eg"));
    await settled();
    assert.deepEqual(stored.finalizers, []);
    end();
    pipeline.graph.close();
  });
});
