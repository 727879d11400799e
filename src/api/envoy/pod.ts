/**
 * The parts of Kubernetes' own pod types that an EnvoyProxy may set. The fields that are read or often mistyped are spelled out;
 * the rest of core/v1 is left to the API server that the generated objects are sent to.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import { boolean, integer, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { quantity } from "./quantity.ts";

const int64 = { format: "int64" };

const security = {
  appArmorProfile: optional(object("AppArmor profile.", {}, { open: true })),
  runAsGroup: optional(integer("Group of the process.", int64)),
  runAsNonRoot: optional(boolean("A process of root is refused.")),
  runAsUser: optional(integer("User of the process.", int64)),
  seLinuxOptions: optional(object("SELinux labels.", {}, { open: true })),
  seccompProfile: optional(object("Filter of system calls.", {}, { open: true })),
  windowsOptions: optional(object("Settings for Windows.", {}, { open: true })),
};

const podSecurity = object("Security settings of the pod.", {
  ...security,
  fsGroup: optional(integer("Group that owns the volumes.", int64)),
  fsGroupChangePolicy: optional(string("When the owner of volumes is changed.")),
  seLinuxChangePolicy: optional(string("How SELinux labels are applied.")),
  supplementalGroups: optional(list("Further groups of the process.", integer("A group.", int64), { by: "atomic" })),
  supplementalGroupsPolicy: optional(string("How further groups are worked out.")),
  sysctls: optional(
    list("Kernel settings.", object("A setting.", { name: string("Its name."), value: string("Its value.") }), { by: "atomic" }),
  ),
});

const containerSecurity = object("Security settings of the container.", {
  ...security,
  allowPrivilegeEscalation: optional(boolean("The process may gain privileges.")),
  capabilities: optional(
    object("Capabilities.", {
      add: optional(list("Added.", string("A capability."), { by: "atomic" })),
      drop: optional(list("Taken away.", string("A capability."), { by: "atomic" })),
    }),
  ),
  privileged: optional(boolean("The container is root on the node.")),
  procMount: optional(string("How /proc is mounted.")),
  readOnlyRootFilesystem: optional(boolean("The root file system cannot be written.")),
});

const environmentVariable = object("A variable.", {
  name: string("Its name."),
  value: optional(string("Its value.")),
  valueFrom: optional(object("Where the value is taken from.", {}, { open: true })),
});

const resources = object("What the container needs and may use.", {
  claims: optional(
    list(
      "Claims of the pod that it uses.",
      object("A claim.", { name: string("Its name."), request: optional(string("A request in it.")) }),
      {
        by: ["name"],
      },
    ),
  ),
  limits: optional(map("What it may use.", quantity("An amount."))),
  requests: optional(map("What it needs.", quantity("An amount."))),
});

const volumeMount = object("A mount.", {
  mountPath: string("Where it is mounted."),
  mountPropagation: optional(string("How mounts are passed on.")),
  name: string("The volume."),
  readOnly: optional(boolean("It cannot be written.")),
  recursiveReadOnly: optional(string("Whether mounts below are read-only, too.")),
  subPath: optional(string("Part of the volume.")),
  subPathExpr: optional(string("Part of the volume, with variables.")),
});

const toleration = object("A taint that is put up with.", {
  effect: optional(string("Which effect; left out: all.")),
  key: optional(string("Which key; left out: all.")),
  operator: optional(string("How the value is compared: `Equal` (default), `Exists`, `Lt` or `Gt`.")),
  tolerationSeconds: optional(integer("For how long.", int64)),
  value: optional(string("Which value.")),
});

const affinity = object("Which nodes and pods it wants to be near to.", {
  nodeAffinity: optional(object("Nodes.", {}, { open: true })),
  podAffinity: optional(object("Pods to be near to.", {}, { open: true })),
  podAntiAffinity: optional(object("Pods to be away from.", {}, { open: true })),
});

const spreadConstraint = object(
  "How pods are spread.",
  {
    maxSkew: integer("Largest difference between two parts.", { format: "int32" }),
    topologyKey: string("Label of nodes that makes the parts."),
    whenUnsatisfiable: string("`DoNotSchedule` or `ScheduleAnyway`."),
  },
  { open: true },
);

/** The fields of a pod that may be set. */
export const podFields = {
  affinity: optional(affinity),
  annotations: optional(map("Annotations to add.", string("Value."))),
  imagePullSecrets: optional(
    list("Secrets for the registry.", object("A Secret.", { name: string("Its name.", { default: "" }) })),
  ),
  labels: optional(map("Labels to add.", string("Value."))),
  nodeSelector: optional(map("Labels that a node must have.", string("Value."))),
  priorityClassName: optional(string("Priority class.")),
  securityContext: optional(podSecurity),
  tolerations: optional(list("Taints that are put up with.", toleration)),
  topologySpreadConstraints: optional(list("How pods are spread over the cluster.", spreadConstraint)),
  volumes: optional(list("Volumes to add.", object("A volume.", { name: string("Its name.") }, { open: true }))),
};

/** The fields of a container that may be set. */
export const containerFields = {
  env: optional(list("Environment variables.", environmentVariable)),
  resources: optional(resources),
  securityContext: optional(containerSecurity),
  volumeMounts: optional(list("Volumes to mount.", volumeMount)),
};

/** A container that runs before the main one. */
export const initContainer = object("A container.", { name: string("Its name.") }, { open: true });

/** How pods are replaced by new ones (apps/v1). */
export const rollout = object("How pods are replaced.", {
  rollingUpdate: optional(object("How many at a time.", {}, { open: true })),
  type: optional(string("`RollingUpdate` (default), `Recreate` (Deployment) or `OnDelete` (DaemonSet).")),
});
