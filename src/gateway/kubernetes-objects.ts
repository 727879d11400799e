import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { durationMs } from "../api/gateway/duration.ts";
import type { LabelSelector } from "../api/gateway/selector.ts";
import { isObject } from "../api/json-object.ts";
import type { Collection } from "../graph/index.ts";
import { type Cluster, openCluster } from "../kubernetes/cluster.ts";
import { type Leadership, seekLeadership, soleLeadership } from "../kubernetes/leadership.ts";
import { limitRate } from "../kubernetes/request-rate.ts";
import type { Logs } from "../log/logger.ts";
import { createKubernetesProvider } from "../provider/kubernetes/kubernetes-provider.ts";
import type { PresentStatuses } from "../provider/kubernetes/present-statuses.ts";
import { deriveSettledStatuses, type SettledStatus } from "../provider/kubernetes/settled-statuses.ts";
import { startStatusWriter } from "../provider/kubernetes/status-writer.ts";
import type { Closers } from "./closers.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Surroundings } from "./surroundings.ts";
import { versionInfo } from "./version.ts";

/** The part of the configuration that says how an API server is talked to. */
export type KubernetesSettings = Pick<
  NonNullable<EnvoyGateway["provider"]["kubernetes"]>,
  "cacheSyncPeriod" | "client" | "leaderElection" | "watch"
>;

/** How the cluster is found where that is not left to the environment. */
export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Objects on an API server. */
export interface KubernetesObjects
  extends Pick<Surroundings, "controllerNamespace" | "openProvider" | "writeStatuses" | "whileLeading"> {
  readonly controllerNamespace: string;
  readonly cluster: Cluster;
}

/** The name of the Lease by which replicas of Envoy Gateway choose the one that writes. */
const leaseName = "5b9825d2.gateway.envoyproxy.io";

/** The namespace of the control plane unless the environment says otherwise. */
const usualNamespace = "envoy-gateway-system";

/** Takes objects from an API server, and writes their statuses there when this replica leads. Rejects in words for the user. */
export async function kubernetesObjects(
  settings: KubernetesSettings,
  choice: ClusterChoice,
  logs: Logs,
  closers: Closers,
): Promise<KubernetesObjects> {
  const log = logs.for("provider");
  const cluster = await openCluster({ ...choice, userAgent: `envoy-gateway/${versionInfo().envoyGatewayVersion}` });
  closers.add(() => cluster.client.close());
  const controllerNamespace = process.env.ENVOY_GATEWAY_NAMESPACE ?? usualNamespace;
  log.info("objects come from a Kubernetes API server", { server: cluster.server, namespace: controllerNamespace });
  const { rateLimit } = settings.client ?? {};
  const client = rateLimit === undefined ? cluster.client : limitRate(cluster.client, rateLimit);
  // The Lease must be renewed in time, whatever else waits for its turn.
  const leadership = openLeadership(settings, cluster, controllerNamespace, logs);
  closers.add(() => leadership.stop());
  let known: { readonly present: PresentStatuses; readonly statuses: Collection<SettledStatus> } | undefined;
  return {
    controllerNamespace,
    cluster: { ...cluster, client },
    openProvider({ pipeline, gathering, writer }) {
      const { graph, objects, configuration } = pipeline;
      const { unreadable } = configuration.running;
      const period = settings.cacheSyncPeriod;
      const source = createKubernetesProvider({
        ...{
          client,
          graph,
          objects,
          unreadable,
          writer,
          gathering,
          log,
          controllerNamespace,
          namespaces: watchedNamespaces(settings),
        },
        ...(period === undefined ? {} : { relistMs: durationMs(period) }),
      });
      known = { present: source.statuses, statuses: deriveSettledStatuses(graph, pipeline.statuses, objects) };
      return source;
    },
    writeStatuses({ config, pipeline, onWritten }) {
      if (known === undefined) throw new Error("statuses cannot be written before objects are read");
      const { controllerName } = config.gateway;
      const isOthers = (ancestor: unknown) => isOthersAncestor(ancestor, pipeline);
      return startStatusWriter({ client, graph: pipeline.graph, ...known, controllerName, isOthers, log, onWritten });
    },
    whileLeading: (begin) => leadership.whileLeading(begin),
  };
}

/** Whether an ancestor of an EnvoyProxy is a class, or a Gateway of one, that another controller serves. */
function isOthersAncestor(ancestor: unknown, { objects, configuration }: Pipeline): boolean {
  const { kind, namespace, name } = isObject(ancestor) ? ancestor : {};
  const gateway = objects.Gateway.get(`${namespace}/${name}`);
  const className = kind === "GatewayClass" ? String(name) : gateway?.spec.gatewayClassName;
  if (className === undefined || objects.GatewayClass.get(className) === undefined) return false;
  return configuration.verdicts.classes.get(className) === undefined;
}

/** The namespaces whose objects count; undefined: all. */
function watchedNamespaces({ watch }: KubernetesSettings): readonly string[] | LabelSelector | undefined {
  return watch?.type === "NamespaceSelector" ? watch.namespaceSelector : watch?.namespaces;
}

function openLeadership({ leaderElection }: KubernetesSettings, { client }: Cluster, namespace: string, logs: Logs): Leadership {
  if (leaderElection?.disable === true) return soleLeadership();
  const { leaseDuration = "15s", renewDeadline = "10s", retryPeriod = "2s" } = leaderElection ?? {};
  return seekLeadership({
    ...{ client, namespace, name: leaseName, log: logs.for("provider") },
    leaseMs: durationMs(leaseDuration),
    renewDeadlineMs: durationMs(renewDeadline),
    retryMs: durationMs(retryPeriod),
  });
}
