/** How parts of a pod refer to ConfigMaps, Secrets and to the pod itself. Source: Kubernetes, core/v1. */
import { boolean, integer, list, object, optional, string } from "../../schema/vocabulary.ts";
import { quantity } from "../quantity.ts";

// Kubernetes gives names an empty default, for objects from before the name was required.
const name = string("Its name.", { default: "" });
const mayBeMissing = optional(boolean("It may be missing."));

/** An object in the same namespace (LocalObjectReference). */
export function nameReference(description: string) {
  return object(description, { name }, { atomic: true });
}

/** All of a ConfigMap or Secret (ConfigMapEnvSource, SecretEnvSource). */
export function wholeReference(description: string) {
  return object(description, { name, optional: mayBeMissing }, { atomic: true });
}

/** One key of a ConfigMap or Secret (ConfigMapKeySelector, SecretKeySelector). */
export function keyReference(description: string) {
  return object(description, { key: string("Which key."), name, optional: mayBeMissing }, { atomic: true });
}

/** Keys of a ConfigMap or Secret as files (KeyToPath). */
export const keyFiles = list(
  "Which keys become files, and where; left out: all, by their names.",
  object("A key.", {
    key: string("Which key."),
    mode: optional(integer("Permissions of the file.", { format: "int32" })),
    path: string("Path of the file in the volume."),
  }),
  { by: "atomic" },
);

/** A field of the pod (ObjectFieldSelector). */
export const fieldReference = object(
  "A field of the pod.",
  {
    apiVersion: optional(string("Version of the API that the path is in; v1 where it is left out.")),
    fieldPath: string("Path of the field, for instance metadata.name."),
  },
  { atomic: true },
);

/** What a container needs or may use (ResourceFieldSelector). */
export const resourceReference = object(
  "What a container needs or may use.",
  {
    containerName: optional(string("Which container; the environment's own where it is left out.")),
    divisor: optional(quantity("The unit that is counted in; 1 where it is left out.")),
    resource: string("Which, for instance limits.cpu."),
  },
  { atomic: true },
);
