import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Descriptors, envoyDescriptors } from "./descriptors.ts";

describe("descriptors", () => {
  it("tell the fields of a message in the order of their numbers", () => {
    const type = envoyDescriptors().message("envoy.config.route.v3.Route");
    assert.deepEqual(type?.fields.map(({ number }) => number).slice(0, 4), [1, 2, 3, 4]);
    const redirect = type?.fields.find(({ name }) => name === "redirect");
    assert.equal(redirect?.typeName, "envoy.config.route.v3.RedirectAction");
    assert.deepEqual(type?.oneofs[redirect?.oneof ?? -1], { name: "action", required: true });
  });

  it("tell presence and packing", () => {
    const field = (message: string, name: string) =>
      envoyDescriptors()
        .message(message)
        ?.fields.find((f) => f.name === name);
    const cluster = "envoy.config.cluster.v3.Cluster";
    assert.equal(field(cluster, "name")?.explicit, false);
    assert.equal(field(cluster, "connect_timeout")?.explicit, true);
    assert.equal(field(cluster, "type")?.explicit, true, "a member of a oneof");
    assert.equal(field("io.prometheus.client.Counter", "value")?.explicit, true, "proto2");
    assert.equal(
      field("envoy.config.core.v3.HealthCheck.HttpHealthCheck", "retriable_statuses")?.packed,
      false,
      "messages are never packed",
    );
    assert.equal(field("google.protobuf.SourceCodeInfo.Location", "path")?.packed, true, "as the option says");
    assert.equal(envoyDescriptors().message(`${cluster}.TypedExtensionProtocolOptionsEntry`)?.mapEntry, true);
  });

  it("know nested enums, and negative numbers of enums", () => {
    assert.equal(envoyDescriptors().enumeration("envoy.config.cluster.v3.Cluster.DiscoveryType")?.numbers.get("EDS"), 3);
    assert.equal(envoyDescriptors().enumeration("envoy.config.cluster.v3.Cluster.DiscoveryType")?.names.get(3), "EDS");
  });

  it("have no type that is not there", () => {
    assert.equal(envoyDescriptors().message("envoy.Nope"), undefined);
    assert.equal(envoyDescriptors().enumeration("envoy.config.cluster.v3.Cluster"), undefined);
  });

  it("refuse bytes that are no descriptors", () => {
    assert.throws(() => new Descriptors(Uint8Array.of(10, 3, 34, 1, 0)), /malformed descriptor/);
    assert.throws(() => new Descriptors(Uint8Array.of(0xff)), /malformed descriptor/);
  });
});
