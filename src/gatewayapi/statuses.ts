/** The statuses of all objects: one more thing derived, from the verdicts and from what proxies and infrastructure report. */
import type { Collection, Graph } from "../graph/index.ts";
import type { Verdicts } from "./configuration.ts";
import { statusKey } from "./object-ref.ts";
import type { ObjectProblem } from "./problem.ts";
import { deriveBackendStatuses } from "./status/backend.ts";
import { deriveBackendTlsPolicyStatuses } from "./status/backend-tls-policy.ts";
import { deriveClientTrafficPolicyStatuses } from "./status/client-traffic-policy.ts";
import { deriveEnvoyProxyStatuses } from "./status/envoy-proxy.ts";
import { deriveGatewayStatuses, type Reports } from "./status/gateway.ts";
import { deriveClassStatuses } from "./status/gateway-class.ts";
import { deriveAttachedSets, deriveListenerSetStatuses } from "./status/listener-set.ts";
import type { ObjectStatus } from "./status/object-status.ts";
import { deriveRouteStatuses } from "./status/route.ts";
import { deriveTranslationFailures } from "./translation-failures.ts";

/** What statuses depend on besides the verdicts. */
export interface StatusSources extends Reports {
  /** What later stages found wrong with objects. */
  readonly problems: Collection<ObjectProblem>;
}

/** Derives the status of every object that we have a say about. */
export function deriveStatuses(graph: Graph, verdicts: Verdicts, sources: StatusSources): Collection<ObjectStatus> {
  const found = graph.union("all problems", [sources.problems, deriveTranslationFailures(graph)]);
  const problems = graph.index("object", found, ({ object }) => [statusKey(object)]);
  const listeners = graph.index("parent", verdicts.listeners, ({ parent }) => [parent]);
  const attachedSets = deriveAttachedSets(graph, verdicts, listeners);
  return graph.union("statuses", [
    deriveClassStatuses(graph, verdicts),
    deriveGatewayStatuses(graph, verdicts, { ...sources, listeners, attachedSets }, problems),
    deriveListenerSetStatuses(graph, verdicts, listeners, problems),
    deriveRouteStatuses(graph, verdicts, problems),
    deriveBackendStatuses(graph, verdicts.objects, verdicts.backends),
    deriveEnvoyProxyStatuses(graph, verdicts, problems),
    deriveBackendTlsPolicyStatuses(graph, verdicts),
    deriveClientTrafficPolicyStatuses(graph, verdicts),
  ]);
}
