/** Asks Envoy itself whether it would take resources: each scope as one static configuration, with `--mode validate`. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toProtoJson } from "../../src/xds/codec/decode.ts";
import { typeUrls, type XdsResource, type XdsType } from "../../src/xds/resource.ts";

type Json = { readonly [name: string]: unknown };

/**
 * What Envoy says against the resources, or undefined where it takes them all. Other resources that they name by ADS stand in
 * their place, since Envoy does not fetch any in this mode.
 * @param envoy path of the binary
 */
export function refusalByEnvoy(envoy: string, resources: readonly XdsResource[]): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "fuzz-envoy-"));
  try {
    for (const scope of new Set(resources.map((resource) => resource.scope))) {
      const file = join(directory, "envoy.json");
      writeFileSync(file, JSON.stringify(bootstrap(resources.filter((resource) => resource.scope === scope))));
      const args = ["--mode", "validate", "-c", file, "--log-level", "error", "--use-dynamic-base-id"];
      // Access logs go to /dev/stdout, which Envoy opens: it must be a file, not a socket.
      const log = join(directory, "log");
      const descriptor = openSync(log, "w");
      const run = spawnSync(envoy, args, { stdio: ["ignore", descriptor, descriptor] });
      closeSync(descriptor);
      if (run.error !== undefined) throw run.error;
      if (run.status !== 0) return `${scope}: ${run.signal ?? ""} ${readFileSync(log, "utf8").slice(-4000)}`;
    }
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function bootstrap(resources: readonly XdsResource[]): Json {
  const messages = new Map(resources.map(({ type, name, bytes }) => [`${type} ${name}`, toProtoJson(messageOf(type), bytes)]));
  const of = (type: XdsType) =>
    resources.flatMap((resource) => (resource.type === type ? [messages.get(`${type} ${resource.name}`)] : []));
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== "object" || value === null) return value;
    const { rds, sds_config, ...fields } = Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, inline(field)]),
    );
    if (rds !== undefined) {
      // As with RDS: a route may name a cluster that is not there.
      const routes = messages.get(`RouteConfiguration ${(rds as Json).route_config_name}`) as Json | undefined;
      return { ...fields, route_config: { ...routes, validate_clusters: false } };
    }
    return sds_config === undefined || fields.name === undefined
      ? { ...fields, ...(sds_config !== undefined && { sds_config }) }
      : fields;
  };
  const cluster = (message: unknown): unknown => {
    const { eds_cluster_config: eds, ...fields } = inline(message) as Json;
    if (eds === undefined) return fields;
    const name = (eds as Json).service_name ?? fields.name;
    const endpoints = messages.get(`ClusterLoadAssignment ${name}`) ?? { cluster_name: name };
    return { ...fields, type: "STATIC", load_assignment: endpoints };
  };
  return {
    node: { id: "fuzz", cluster: "fuzz" },
    static_resources: { listeners: of("Listener").map(inline), clusters: of("Cluster").map(cluster), secrets: of("Secret") },
    layered_runtime: { layers: [{ name: "limits", static_layer: { "re2.max_program_size.error_level": 4294967295 } }] },
  };
}

function messageOf(type: XdsType): string {
  return typeUrls[type].slice("type.googleapis.com/".length);
}
