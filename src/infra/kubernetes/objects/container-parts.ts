/** What the containers of a fleet's pods have in common. */
import type { FleetPlan } from "./fleet-plan.ts";
import type { Json } from "./kubernetes-object.ts";

/** The ports of a pod besides those of its listeners. */
export const podPorts = { stats: 19001, shutdown: 19002, readiness: 19003 } as const;

/** The annotation of a pod that tells its zone. */
export const zoneLabel = "topology.kubernetes.io/zone";

/** What tells a container its name, its namespace and, where pods are told it, its zone. */
export function identityEnv({ site }: FleetPlan): readonly Json[] {
  const from = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } });
  return [
    from("ENVOY_POD_NAMESPACE", "metadata.namespace"),
    from("ENVOY_POD_NAME", "metadata.name"),
    ...(site.zoneAware ? [from("ENVOY_SERVICE_ZONE", `metadata.annotations['${zoneLabel}']`)] : []),
  ];
}

/** A request for a path of the container. */
export function httpGet(path: string, port: number): Json {
  return { path, port, scheme: "HTTP" };
}

/** A probe; every answer must come within a second. */
export function probe(target: Json, periodSeconds: number, failureThreshold: number): Json {
  return { httpGet: target, timeoutSeconds: 1, periodSeconds, successThreshold: 1, failureThreshold };
}

/**
 * The probe that the others wait for: five minutes for the start. A container that was not ready at once is asked again a second later;
 * in Envoy Gateway ten, by which every new pod is late.
 */
export function startupProbe({ site }: FleetPlan, target: Json): Json {
  return site.compatible ? probe(target, 10, 30) : probe(target, 1, 300);
}

/** What a container may do that says nothing else: as little as possible, and not as root. */
export const usualSecurity: Json = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  runAsGroup: 65532,
  runAsNonRoot: true,
  runAsUser: 65532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Where a container's last words go: the defaults, written out, so that what is applied is what is stored. */
export const lastWords: Json = { terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" };
