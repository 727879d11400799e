import type { AdminView } from "../admin/admin-server.ts";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { statusKey } from "../gatewayapi/object-ref.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { redact } from "../log/redaction.ts";
import type { Provider } from "../provider/provider.ts";
import type { StatusStore } from "../provider/status-store.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";
import type { XdsServer } from "../xds/server/server.ts";
import type { XdsStore } from "../xds/server/store.ts";
import type { ConfigState } from "./config-state.ts";
import { explain } from "./explanation.ts";
import type { Pipeline } from "./pipeline.ts";
import { reportProblems } from "./problem-report.ts";
import { withStatus } from "./shown-status.ts";
import { versionInfo } from "./version.ts";

/** What the admin API shows of. */
export interface AdminSubjects {
  readonly config: EnvoyGateway;
  readonly pipeline: Pipeline;
  readonly statuses: StatusStore;
  readonly provider: Provider;
  readonly xds: XdsServer;
  readonly store: XdsStore;
  readonly metrics: MetricRegistry;
  readonly configState: ConfigState;
  /** Where the admin interface of a fleet's Envoy on this machine is, as `host:port`. */
  readonly envoyAdmin: (scope: ScopeKey) => string | undefined;
  readonly startTime: Date;
  /** What the control plane still waits for, or undefined when it serves. */
  readonly waitingFor: () => string | undefined;
}

/** The view of a control plane that its admin API shows. */
export function createAdminView(subjects: AdminSubjects): AdminView {
  const { config, configState, pipeline, provider, statuses, startTime, waitingFor, metrics, store } = subjects;
  return {
    version: versionInfo().envoyGatewayVersion,
    startTime,
    components: () => ({
      "control-plane": waitingFor() === undefined ? "Running" : `Waiting for ${waitingFor()}`,
      configuration: configState.problems().length === 0 ? "Running" : "The changed file cannot be used (/api/problems)",
    }),
    config: () => redact(config),
    objects: () => objectsOf(pipeline, statuses, config.gateway.controllerName),
    proxies: () => proxiesOf(subjects),
    problems: () => [...reportProblems([...configState.problems(), ...provider.problems()], pipeline)],
    graph: () => pipeline.graph.describe(),
    explain: (subject) => explain(subject, { pipeline, store, files: provider.problems() }),
    metrics,
    profiles: config.admin.enablePprof,
  };
}

function objectsOf(
  { objects }: Pipeline,
  statuses: StatusStore,
  controllerName: string,
): ReadonlyMap<string, Iterable<KubeObject>> {
  const shown = (object: KubeObject): KubeObject => {
    const { kind, metadata } = object;
    const status = statuses.get(statusKey({ kind, namespace: metadata.namespace ?? "", name: metadata.name }));
    return withStatus(object, status, controllerName);
  };
  return new Map(
    Object.entries(objects).map(([kind, source]) => [kind, Array.from<KubeObject, KubeObject>(source.values(), shown)]),
  );
}

/** Each fleet that runs or shall run: what is wanted, what infrastructure and proxies report, and every stream in detail. */
function proxiesOf({ pipeline: { infra, infraReports, syncReports }, xds, envoyAdmin }: AdminSubjects): unknown {
  const streams = xds.syncState();
  return [...infra.values()].map(({ scope, owner, listeners }) => ({
    scope,
    owner,
    listeners,
    adminAddress: envoyAdmin(scope),
    infrastructure: infraReports.get(scope) ?? null,
    sync: syncReports.get(scope) ?? null,
    streams: streams.filter((stream) => stream.scope === scope),
  }));
}
