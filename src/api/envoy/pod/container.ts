/** What Envoy's container and those before it have in common. Source: Kubernetes, core/v1 Container. */
import { boolean, list, map, object, optional, string } from "../../schema/vocabulary.ts";
import { quantity } from "../quantity.ts";
import { fieldReference, keyReference, resourceReference } from "./key-reference.ts";
import { containerSecurity } from "./security-context.ts";

/** A variable of the environment. */
export const environmentVariable = object("A variable.", {
  name: string("Its name."),
  value: optional(string("Its value.")),
  valueFrom: optional(
    object("Where the value is taken from.", {
      configMapKeyRef: optional(keyReference("A ConfigMap.")),
      fieldRef: optional(fieldReference),
      fileKeyRef: optional(
        object(
          "A file of variables in a volume.",
          {
            key: string("Which variable."),
            optional: boolean("It may be missing.", { default: false }),
            path: string("Path of the file in the volume."),
            volumeName: string("The volume."),
          },
          { atomic: true },
        ),
      ),
      resourceFieldRef: optional(resourceReference),
      secretKeyRef: optional(keyReference("A Secret.")),
    }),
  ),
});

const amounts = (description: string) => optional(map(description, quantity("An amount.")));

/** What is needed and may be used of memory, CPU and the like. */
export const amountFields = { limits: amounts("What it may use."), requests: amounts("What it needs.") };

/** What a container needs and may use. */
export const resources = object("What the container needs and may use.", {
  claims: optional(
    list(
      "Claims of the pod that it uses.",
      object("A claim.", { name: string("Its name."), request: optional(string("A request in it.")) }),
      { by: ["name"] },
    ),
  ),
  ...amountFields,
});

/** A volume as a container sees it. */
export const volumeMount = object("A mount.", {
  mountPath: string("Where it is mounted."),
  mountPropagation: optional(string("How mounts are passed on.")),
  name: string("The volume."),
  readOnly: optional(boolean("It cannot be written.")),
  recursiveReadOnly: optional(string("Whether mounts below are read-only, too.")),
  subPath: optional(string("Part of the volume.")),
  subPathExpr: optional(string("Part of the volume, with variables.")),
});

/** The fields of Envoy's container that may be set. */
export const containerFields = {
  env: optional(list("Environment variables.", environmentVariable)),
  resources: optional(resources),
  securityContext: optional(containerSecurity),
  volumeMounts: optional(list("Volumes to mount.", volumeMount)),
};
