/**
 * What every object carries: its kind and its metadata.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */

import type { ValueOf } from "./schema.ts";
import { boolean, integer, list, map, object, optional, string } from "./vocabulary.ts";

const ownerReference = object("An object that this one belongs to and goes away with.", {
  apiVersion: string("API version of the owner."),
  blockOwnerDeletion: optional(boolean("The owner waits for this object to go before it goes itself.")),
  controller: optional(boolean("The owner is the one that manages this object.")),
  kind: string("Kind of the owner."),
  name: string("Name of the owner."),
  uid: string("UID of the owner."),
});

/** The schema of `metadata`. It is Kubernetes' own, so CRDs do not repeat it and only unknown fields and types are checked by it. */
export const objectMeta = object("Name, namespace, labels and all else that Kubernetes keeps about every object.", {
  annotations: optional(map("Free key-value pairs for tools.", string("Value."))),
  creationTimestamp: optional(string("When the object was created, RFC 3339.", { format: "date-time" })),
  deletionGracePeriodSeconds: optional(
    integer("Seconds until the object goes away once it is being deleted.", { format: "int64" }),
  ),
  deletionTimestamp: optional(string("When the object will go away, RFC 3339.", { format: "date-time" })),
  finalizers: optional(list("What must be done before the object may go away.", string("Name of the finalizer."))),
  generateName: optional(string("Prefix of a generated name.")),
  generation: optional(integer("Number of the specification's version.", { format: "int64" })),
  labels: optional(map("Key-value pairs that selectors match on.", string("Value."))),
  managedFields: optional(list("Who set which fields.", object("Fields of one manager.", {}, { open: true }))),
  name: string("Name, unique among the objects of a kind in a namespace."),
  namespace: optional(string("Namespace of the object; `default` where it is left out.")),
  ownerReferences: optional(list("The objects that this one belongs to.", ownerReference)),
  resourceVersion: optional(string("Version of the stored object, opaque.")),
  selfLink: optional(string("No longer used.")),
  uid: optional(string("Identity of the object over time.")),
});

/** The metadata of an object. */
export type ObjectMeta = ValueOf<typeof objectMeta>;

/** The metadata of an object that lives in a namespace. */
export type NamespacedObjectMeta = ObjectMeta & { readonly namespace: string };

/** What all API objects have in common. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}
