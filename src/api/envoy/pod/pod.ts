/** The fields of a pod that may be set. Source: Kubernetes, core/v1 PodSpec. */
import { list, map, object, optional, string } from "../../schema/vocabulary.ts";
import { affinity } from "./affinity.ts";
import { nameReference } from "./key-reference.ts";
import { spreadConstraints, tolerations } from "./scheduling.ts";
import { podSecurity } from "./security-context.ts";
import { volume } from "./volume.ts";

/** The pods of a workload. */
export const pod = object("The pods.", {
  affinity: optional(affinity),
  annotations: optional(map("Annotations to add.", string("Value."))),
  imagePullSecrets: optional(list("Secrets for the registry.", nameReference("A Secret."))),
  labels: optional(map("Labels to add.", string("Value."))),
  nodeSelector: optional(map("Labels that a node must have.", string("Value."))),
  priorityClassName: optional(string("Priority class.")),
  securityContext: optional(podSecurity),
  tolerations: optional(tolerations),
  topologySpreadConstraints: optional(spreadConstraints),
  volumes: optional(list("Volumes to add.", volume)),
});
