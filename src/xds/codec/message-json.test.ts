import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeMessages, withProtoNames } from "./message-json.ts";

const cluster = "envoy.config.cluster.v3.Cluster";

test("fields get the names of the .proto files, also in lists, maps and packed messages", () => {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const written = {
    connectTimeout: "1s",
    edsClusterConfig: { serviceName: "s" },
    typedExtensionProtocolOptions: { [options]: { "@type": `type.googleapis.com/${options}`, explicitHttpConfig: {} } },
    loadAssignment: { endpoints: [{ lbEndpoints: [] }] },
    metadata: { filterMetadata: { keptName: { alsoKept: 1 } } },
    nobodyKnows: { thisField: 1 },
  };
  assert.deepEqual(withProtoNames(cluster, written), {
    connect_timeout: "1s",
    eds_cluster_config: { service_name: "s" },
    typed_extension_protocol_options: { [options]: { "@type": `type.googleapis.com/${options}`, explicit_http_config: {} } },
    load_assignment: { endpoints: [{ lb_endpoints: [] }] },
    metadata: { filter_metadata: { keptName: { alsoKept: 1 } } },
    nobodyKnows: { thisField: 1 },
  });
});

test("merging replaces values, joins lists and goes into messages", () => {
  const below = {
    name: "a",
    connect_timeout: "1.5s",
    eds_cluster_config: { service_name: "s" },
    health_checks: [{ timeout: "1s" }],
  };
  const above = { name: "b", connect_timeout: "2s", eds_cluster_config: { eds_config: { ads: {} } }, health_checks: [{}] };
  assert.deepEqual(mergeMessages(cluster, below, above), {
    name: "b",
    connect_timeout: "2s",
    eds_cluster_config: { service_name: "s", eds_config: { ads: {} } },
    health_checks: [{ timeout: "1s" }, {}],
  });
});

test("a member of a oneof replaces the other", () => {
  assert.deepEqual(mergeMessages(cluster, { type: "STATIC" }, { cluster_type: { name: "x" } }), { cluster_type: { name: "x" } });
});
