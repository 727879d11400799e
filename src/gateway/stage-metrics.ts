import type { SettledBatch } from "../graph/index.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";
import { typeUrls } from "../xds/resource.ts";
import type { SessionObserver } from "../xds/server/proxy-session.ts";
import type { StatusListener } from "./dated-statuses.ts";
import type { VersionListener } from "./xds-feed.ts";

/** Told of what the stages do, and counts it. */
export interface StageMetrics {
  settled(batch: SettledBatch): void;
  readonly versionStored: VersionListener;
  readonly statusesWritten: StatusListener;
  infraReconciled(milliseconds: number): void;
  readonly sessions: SessionObserver;
}

/** Upper bounds in seconds, those of Envoy Gateway. */
const workBounds = [0.001, 0.01, 0.1, 1, 5, 10];
const streamBounds = [0.1, 10, 50, 100, 1000, 10_000];

/**
 * Counts the work of the stages under Envoy Gateway's names (docs/observability.md says what each means here): its runners are our
 * stages, and its messages what stands between them.
 */
export function countStages(registry: MetricRegistry): StageMetrics {
  const message = ["runner", "message"];
  const published = registry.counter({
    name: "watchable_publish_total",
    help: "Versions handed to the next stage.",
    labels: message,
  });
  const handled = registry.counter({
    name: "watchable_subscribe_total",
    help: "Versions that a stage has worked off.",
    labels: [...message, "status"],
  });
  const handling = registry.durations(
    { name: "watchable_subscribe_duration_seconds", help: "How long a stage worked on a version, in seconds.", labels: message },
    workBounds,
  );
  const work = (runner: string, what: string, milliseconds: number): void => {
    const labels = { runner, message: what };
    handled({ ...labels, status: "success" });
    handling(milliseconds / 1000, labels);
  };
  return {
    settled({ events, milliseconds }) {
      published({ runner: "provider", message: "provider-resources" }, events);
      work("gateway-api", "provider-resources", milliseconds);
    },
    infraReconciled(milliseconds) {
      published({ runner: "gateway-api", message: "infra-ir" });
      work("infrastructure", "infra-ir", milliseconds);
    },
    versionStored: countVersions(registry, (milliseconds) => {
      published({ runner: "gateway-api", message: "xds-ir" });
      work("xds", "xds-ir", milliseconds);
    }),
    statusesWritten: countStatuses(registry),
    sessions: countSessions(registry),
  };
}

function countVersions(registry: MetricRegistry, worked: (milliseconds: number) => void): VersionListener {
  const labels = ["nodeID", "status"];
  const created = registry.counter({ name: "xds_snapshot_create_total", help: "First versions of a fleet's resources.", labels });
  const updated = registry.counter({ name: "xds_snapshot_update_total", help: "Versions of a fleet's resources.", labels });
  const known = new Set<string>();
  return (scopes, milliseconds) => {
    for (const nodeID of scopes) {
      if (!known.has(nodeID)) created({ nodeID, status: "success" });
      known.add(nodeID);
      updated({ nodeID, status: "success" });
    }
    worked(milliseconds);
  };
}

function countStatuses(registry: MetricRegistry): StatusListener {
  const count = registry.counter({
    name: "status_update_total",
    help: "Statuses written, by kind of object.",
    labels: ["kind", "status"],
  });
  const took = registry.durations(
    { name: "status_update_duration_seconds", help: "How long the statuses of one version took to write, in seconds." },
    workBounds,
  );
  return (keys, milliseconds, status = "success") => {
    const written = new Map<string, number>();
    for (const key of keys) {
      const kind = key.slice(0, key.indexOf("/"));
      written.set(kind, (written.get(kind) ?? 0) + 1);
    }
    for (const [kind, number] of written) count({ kind, status }, number);
    took(milliseconds / 1000);
  };
}

function countSessions(registry: MetricRegistry): SessionObserver {
  const refused = registry.counter({
    name: "xds_nack_total",
    help: "Answers by which a proxy refused resources.",
    labels: ["nodeID", "typeURL", "isDeltaStream"],
  });
  const lasted = registry.durations(
    {
      name: "xds_stream_duration_seconds",
      help: "How long the streams of proxies lasted, in seconds.",
      labels: ["nodeID", "isDeltaStream"],
    },
    streamBounds,
  );
  const isDelta = (variant: string) => String(variant === "delta");
  return {
    refused: ({ node, variant }, type) => refused({ nodeID: node.id, typeURL: typeUrls[type], isDeltaStream: isDelta(variant) }),
    ended: ({ node, variant }, milliseconds) => lasted(milliseconds / 1000, { nodeID: node.id, isDeltaStream: isDelta(variant) }),
  };
}
