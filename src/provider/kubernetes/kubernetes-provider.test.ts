import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { allCollections, holdsSoon, openProviderOver } from "../../../test/kubernetes/provider-rig.ts";
import { ApiError } from "../../kubernetes/api-client.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";

describe("the objects of an API server", () => {
  for (const streams of [true, false]) {
    test(`are read and followed, ${streams ? "streamed" : "in pages"}`, async (t) => {
      const rig = openProviderOver(t, { streams });
      rig.server.put(`${gatewayApi}/gatewayclasses`, {
        metadata: {
          name: "eg",
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", other: "x" },
        },
        spec: { controllerName: "a.b/x" },
        status: { conditions: [] },
      });
      await rig.start();
      const read = rig.pipeline.objects.GatewayClass.get("eg");
      assert.deepEqual(Object.keys(read ?? {}).sort(), ["apiVersion", "kind", "metadata", "spec"]);
      assert.deepEqual(read?.metadata.annotations, { other: "x" });
      assert.equal(read?.metadata.managedFields, undefined);
      rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "eg2" }, spec: { controllerName: "a.b/y" } });
      await holdsSoon(() => assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["eg", "eg2"]));
      rig.server.delete(`${gatewayApi}/gatewayclasses`, "eg");
      await holdsSoon(() => assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["eg2"]));
    });
  }

  test("a change of the status alone is no change of the object, but is known", async (t) => {
    const rig = openProviderOver(t);
    const gatewayClass = { metadata: { name: "eg" }, spec: { controllerName: "a.b/x" } };
    rig.server.put(`${gatewayApi}/gatewayclasses`, gatewayClass);
    await rig.start();
    const before = rig.pipeline.objects.GatewayClass.get("eg");
    rig.server.put(`${gatewayApi}/gatewayclasses`, { ...gatewayClass, status: { conditions: [{ type: "X" }] } });
    await holdsSoon(() =>
      assert.deepEqual(rig.provider.statuses.get("GatewayClass//eg")?.status, { conditions: [{ type: "X" }] }),
    );
    await new Promise((resolve) => setTimeout(resolve, 15));
    assert.equal(rig.pipeline.objects.GatewayClass.get("eg"), before);
  });

  test("nothing is translated before everything is read; a kind that comes later is taken up", async (t) => {
    const rig = openProviderOver(t, {
      collections: allCollections.filter((name) => !name.includes("/gateways") && !name.includes("httproutes")),
    });
    rig.provider.start();
    await holdsSoon(() => assert.deepEqual(rig.gathering.waitingFor(), ["Gateway"]));
    rig.server.serve(`${gatewayApi}/gateways`);
    rig.clock.advance(30_000);
    await rig.gathering.synced;
    rig.server.serve(`${gatewayApi}/httproutes`);
    rig.server.put(`${gatewayApi}/httproutes`, { metadata: { namespace: "a", name: "r" }, spec: {} });
    await holdsSoon(() => {
      rig.clock.advance(30_000);
      assert.equal(rig.pipeline.objects.HTTPRoute.size, 1);
    });
    rig.server.serve(`${gatewayApi}/httproutes`, false);
    await holdsSoon(() => {
      rig.clock.advance(30_000);
      assert.equal(rig.pipeline.objects.HTTPRoute.size, 0);
    });
  });

  test("an object that is not what it should be is left out and told; the others are there", async (t) => {
    const rig = openProviderOver(t);
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "bad" }, spec: { controllerName: 5 } });
    rig.server.put(`${gatewayApi}/gatewayclasses`, {
      metadata: { name: "good" },
      spec: { controllerName: "a.b/x", newField: 1 },
    });
    await rig.start();
    assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["good"]);
    assert.match(rig.provider.problems()[0]?.message ?? "", /spec\.controllerName/);
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "bad" }, spec: { controllerName: "a.b/y" } });
    await holdsSoon(() => assert.equal(rig.pipeline.objects.GatewayClass.size, 2));
    assert.deepEqual(rig.provider.problems(), []);
  });

  test("one that cannot be read any more stays as it was, until it goes", async (t) => {
    const rig = openProviderOver(t);
    const classes = () => [...rig.pipeline.objects.GatewayClass.values()].map(({ spec }) => spec.controllerName);
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "a" }, spec: { controllerName: "a.b/x" } });
    await rig.start();
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "a" }, spec: { controllerName: 5 } });
    await holdsSoon(() => assert.deepEqual([...rig.pipeline.configuration.running.unreadable.keys()], ["GatewayClass//a"]));
    assert.deepEqual(classes(), ["a.b/x"]);
    rig.server.delete(`${gatewayApi}/gatewayclasses`, "a");
    await holdsSoon(() => assert.deepEqual([classes(), rig.pipeline.configuration.running.unreadable.size], [[], 0]));
  });

  test("while the server is away everything stays; what changed meanwhile is taken up after it", async (t) => {
    const rig = openProviderOver(t);
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "a" }, spec: { controllerName: "a.b/x" } });
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "b" }, spec: { controllerName: "a.b/x" } });
    await rig.start();
    rig.server.fault = () => new Error("connection refused");
    rig.server.dropWatches(new Error("connection reset"));
    await holdsSoon(() => assert.deepEqual(new Set(rig.provider.states().get("GatewayClass")), new Set(["failing"])));
    assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["a", "b"]);
    rig.server.delete(`${gatewayApi}/gatewayclasses`, "a");
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "c" }, spec: { controllerName: "a.b/x" } });
    rig.server.forgetHistory();
    rig.server.fault = () => undefined;
    await holdsSoon(() => {
      rig.clock.advance(5_000);
      assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["b", "c"]);
    });
  });

  test("what a load balancer does not find is not gone", async (t) => {
    const rig = openProviderOver(t);
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "a" }, spec: { controllerName: "a.b/x" } });
    await rig.start();
    rig.server.fault = ({ path }) => new ApiError(404, "NotFound", `GET ${path} was answered with HTTP 404: nginx`);
    rig.server.dropWatches();
    for (let second = 0; second < 60; second++) await rig.clock.advanceSettling(1_000);
    assert.deepEqual([...rig.pipeline.objects.GatewayClass.keys()], ["a"]);
    rig.server.delete(`${gatewayApi}/gatewayclasses`, "a");
    rig.server.fault = () => undefined;
    await holdsSoon(() => {
      rig.clock.advance(5_000);
      assert.equal(rig.pipeline.objects.GatewayClass.size, 0);
    });
  });

  test("a server that is pressed for time is left alone for as long as it says", async (t) => {
    const rig = openProviderOver(t);
    await rig.start();
    rig.server.fault = () => new ApiError(429, "TooManyRequests", "later", 120);
    rig.server.dropWatches();
    await holdsSoon(() => assert.deepEqual(rig.provider.states().get("Gateway"), ["failing"]));
    const { length } = rig.server.requests;
    await rig.clock.advanceSettling(100_000);
    assert.equal(rig.server.requests.length, length);
  });

  test("only the namespaces that are asked for are looked at, and the controller's own for its Services", async (t) => {
    const rig = openProviderOver(t, { namespaces: ["a", "b"] });
    for (const namespace of ["a", "b", "c", "envoy-gateway-system"]) {
      rig.server.put(`${gatewayApi}/httproutes`, { metadata: { namespace, name: "r" }, spec: {} });
      rig.server.put("v1/services", { metadata: { namespace, name: "s" }, spec: { ports: [{ port: 80 }] } });
    }
    await rig.start();
    assert.deepEqual([...rig.pipeline.objects.HTTPRoute.keys()], ["a/r", "b/r"]);
    assert.deepEqual([...rig.pipeline.objects.Service.keys()], ["a/s", "b/s", "envoy-gateway-system/s"]);
    assert.ok(!rig.server.requests.some((request) => request.endsWith(`${gatewayApi}/httproutes`)));
  });

  test("namespaces come to count and cease to by their labels, with all that is in them", async (t) => {
    const rig = openProviderOver(t, { namespaces: { matchLabels: { gateways: "yes" } } });
    const label = (name: string, gateways: string) =>
      rig.server.put("v1/namespaces", { metadata: { name, labels: { gateways } } });
    label("a", "yes");
    label("b", "no");
    for (const namespace of ["a", "b", "envoy-gateway-system"]) {
      rig.server.put(`${gatewayApi}/httproutes`, { metadata: { namespace, name: "r" }, spec: {} });
      rig.server.put("v1/services", { metadata: { namespace, name: "s" }, spec: { ports: [{ port: 80 }] } });
    }
    await rig.start();
    const { HTTPRoute, Service } = rig.pipeline.objects;
    const there = () => [...HTTPRoute.keys(), ...Service.keys()];
    const own = "envoy-gateway-system/s";
    assert.deepEqual(there(), ["a/r", "a/s", own]);
    const versions: string[][] = [];
    rig.graph.subscribe(HTTPRoute, () => versions.push(there()));
    label("b", "yes");
    await holdsSoon(() => assert.deepEqual(there(), ["a/r", "b/r", "a/s", "b/s", own]));
    label("a", "no");
    await holdsSoon(() => assert.deepEqual(there(), ["b/r", "b/s", own]));
    rig.server.put(`${gatewayApi}/httproutes`, { metadata: { namespace: "a", name: "r2" }, spec: {} });
    rig.server.put(`${gatewayApi}/httproutes`, { metadata: { namespace: "b", name: "r2" }, spec: {} });
    await holdsSoon(() => assert.deepEqual(there(), ["b/r", "b/r2", "b/s", own]));
    // All of a namespace in one version.
    assert.deepEqual(versions.slice(0, 3), [
      ["a/r", "a/s", own],
      ["a/r", "b/r", "a/s", "b/s", own],
      ["b/r", "b/s", own],
    ]);
  });

  test("a problem with an object goes with the object", async (t) => {
    const rig = openProviderOver(t);
    await rig.start();
    rig.server.put(`${gatewayApi}/gatewayclasses`, { metadata: { name: "bad" }, spec: { controllerName: 5 } });
    await holdsSoon(() => assert.equal(rig.provider.problems().length, 1));
    rig.server.delete(`${gatewayApi}/gatewayclasses`, "bad");
    await holdsSoon(() => assert.equal(rig.provider.problems().length, 0));
  });
});
