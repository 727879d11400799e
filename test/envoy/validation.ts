/** Asks Envoy itself whether it would take messages: each scope as one static configuration, with `--mode validate`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Translation } from "../../src/gateway/translate.ts";
import type { XdsType } from "../../src/xds/resource.ts";

type Json = { readonly [name: string]: unknown };
type Fleet = Translation["xds"][string];

/**
 * What Envoy says against messages with proto field names, or undefined where it takes them all. Other resources that they name by
 * ADS stand in their place, since Envoy does not fetch any in this mode.
 * @param envoy path of the binary
 */
export async function refusalByEnvoy(envoy: string, fleets: Translation["xds"]): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "envoy-validation-"));
  try {
    for (const [scope, fleet] of Object.entries(fleets)) {
      const file = join(directory, "envoy.json");
      writeFileSync(file, JSON.stringify(bootstrap(fleet)));
      const refusal = await validate(envoy, file, join(directory, "log"));
      if (refusal !== undefined) return `${scope}: ${refusal}`;
    }
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Access logs go to /dev/stdout, which Envoy opens: it must be a file, not a pipe. */
async function validate(envoy: string, file: string, log: string): Promise<string | undefined> {
  const args = ["--mode", "validate", "-c", file, "--log-level", "error", "--use-dynamic-base-id"];
  const descriptor = openSync(log, "w");
  try {
    const run = spawn(envoy, args, { stdio: ["ignore", descriptor, descriptor] });
    const [status, signal] = await once(run, "exit");
    return status === 0 ? undefined : `${signal ?? ""} ${readFileSync(log, "utf8").slice(-4000)}`.trim();
  } finally {
    closeSync(descriptor);
  }
}

function bootstrap(fleet: Fleet): Json {
  const of = (type: XdsType) => (fleet[type] ?? []) as readonly Json[];
  const named = (type: XdsType, name: unknown) => of(type).find((message) => (message.name ?? message.cluster_name) === name);
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== "object" || value === null) return value;
    const { rds, sds_config, ...fields } = Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, inline(field)]),
    );
    if (rds !== undefined) {
      // As with RDS: a route may name a cluster that is not there.
      const routes = named("RouteConfiguration", (rds as Json).route_config_name);
      return { ...fields, route_config: { ...routes, validate_clusters: false } };
    }
    // Secrets by name are the static ones of that name; those of another server stay its own.
    const isOurs = fields.name !== undefined && (sds_config as Json | undefined)?.ads !== undefined;
    return isOurs || sds_config === undefined ? fields : { ...fields, sds_config };
  };
  const cluster = (message: unknown): unknown => {
    const { eds_cluster_config: eds, ...fields } = inline(message) as Json;
    if (eds === undefined) return fields;
    const name = (eds as Json).service_name ?? fields.name;
    const endpoints = named("ClusterLoadAssignment", name) ?? { cluster_name: name };
    return { ...fields, type: "STATIC", load_assignment: endpoints };
  };
  return {
    node: { id: "validation", cluster: "validation" },
    static_resources: { listeners: of("Listener").map(inline), clusters: of("Cluster").map(cluster), secrets: of("Secret") },
    layered_runtime: { layers: [{ name: "limits", static_layer: { "re2.max_program_size.error_level": 4294967295 } }] },
  };
}
