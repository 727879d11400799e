/** ClusterTrustBundle. Source: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/cluster-trust-bundle-v1beta1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { object, optional, string } from "../schema/vocabulary.ts";

/** The kind ClusterTrustBundle. */
export const clusterTrustBundle = defineKind({
  group: "certificates.k8s.io",
  versions: [{ name: "v1beta1", storage: true }, { name: "v1alpha1" }],
  custom: false,
  kind: "ClusterTrustBundle",
  plural: "clustertrustbundles",
  scope: "Cluster",
  nameRule: "signed",
  description: "CA certificates for the whole cluster.",
  fields: {
    spec: object("The certificates.", {
      signerName: optional(string("The signer whose certificates these are; those of no signer in particular where left out.")),
      trustBundle: string("The CA certificates, PEM."),
    }),
  },
});

/** CA certificates for the whole cluster. */
export type ClusterTrustBundle = ObjectOf<typeof clusterTrustBundle>;
