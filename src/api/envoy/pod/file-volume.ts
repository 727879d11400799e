/** Volumes whose files Kubernetes writes: from ConfigMaps, Secrets, fields of the pod and certificates. Source: Kubernetes, core/v1. */
import { labelSelector } from "../../gateway/selector.ts";
import { boolean, integer, list, map, object, optional, string } from "../../schema/vocabulary.ts";
import { fieldReference, keyFiles, resourceReference } from "./key-reference.ts";

const mode = integer("Permissions of the files.", { format: "int32" });
const mayBeMissing = optional(boolean("It may be missing."));

const podFiles = list(
  "The files.",
  object("A file.", {
    fieldRef: optional(fieldReference),
    mode: optional(integer("Permissions of the file.", { format: "int32" })),
    path: string("Path of the file in the volume."),
    resourceFieldRef: optional(resourceReference),
  }),
  { by: "atomic" },
);

const named = { items: optional(keyFiles), name: string("Its name.", { default: "" }), optional: mayBeMissing };

const source = object("Where some of the files come from.", {
  clusterTrustBundle: optional(
    object("A ClusterTrustBundle.", {
      labelSelector: optional(labelSelector),
      name: optional(string("Its name.")),
      optional: mayBeMissing,
      path: string("Path of the file in the volume."),
      signerName: optional(string("All bundles of this signer.")),
    }),
  ),
  configMap: optional(object("A ConfigMap.", named, { atomic: true })),
  downwardAPI: optional(object("Fields of the pod.", { items: optional(podFiles) })),
  podCertificate: optional(
    object("A certificate made for the pod.", {
      certificateChainPath: optional(string("File with the certificates.")),
      credentialBundlePath: optional(string("File with key and certificates.")),
      keyPath: optional(string("File with the key.")),
      keyType: string("Kind of key, for instance ED25519."),
      maxExpirationSeconds: optional(integer("Longest lifetime.", { format: "int32" })),
      signerName: string("Who signs."),
      userAnnotations: optional(map("Words for the signer.", string("Value."))),
    }),
  ),
  secret: optional(object("A Secret.", named, { atomic: true })),
  serviceAccountToken: optional(
    object("A token of the pod's ServiceAccount.", {
      audience: optional(string("Whom it is for.")),
      expirationSeconds: optional(integer("Lifetime.", { format: "int64" })),
      path: string("Path of the file in the volume."),
    }),
  ),
});

/** Volumes whose files Kubernetes writes, by field. */
export const fileVolumes = {
  configMap: optional(object("A ConfigMap.", { ...named, defaultMode: optional(mode) }, { atomic: true })),
  downwardAPI: optional(object("Fields of the pod.", { defaultMode: optional(mode), items: optional(podFiles) })),
  projected: optional(
    object("Several of these in one volume.", {
      defaultMode: optional(mode),
      sources: optional(list("Where the files come from.", source, { by: "atomic" })),
    }),
  ),
  secret: optional(
    object("A Secret.", {
      defaultMode: optional(mode),
      items: optional(keyFiles),
      optional: mayBeMissing,
      secretName: optional(string("Its name.")),
    }),
  ),
};
