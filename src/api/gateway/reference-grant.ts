/** ReferenceGrant. Source: gateway-api v1.6, referencegrant_types.go; https://gateway-api.sigs.k8s.io/api-types/referencegrant/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { list, object, optional } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { group, kindName, namespaceName, objectName } from "./names.ts";

const from = object("Objects that may refer.", {
  group: group("API group of the referring objects; empty for the core group."),
  kind: kindName("Kind of the referring objects."),
  namespace: namespaceName("Namespace of the referring objects."),
});

const to = object("Objects that may be referred to.", {
  group: group("API group of the objects; empty for the core group."),
  kind: kindName("Kind of the objects."),
  name: optional(objectName("Only the object of this name; any where left out.")),
});

/** The kind ReferenceGrant. */
export const referenceGrant = defineKind({
  ...gatewayApiKind,
  versions: [{ name: "v1" }, { name: "v1beta1", storage: true }],
  kind: "ReferenceGrant",
  plural: "referencegrants",
  shortNames: ["refgrant"],
  scope: "Namespaced",
  description: "Lets objects of other namespaces refer to objects of this one. Every `from` is allowed every `to`.",
  printerColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
  fields: {
    spec: object("Who may refer to what.", {
      from: list("Who may refer; any entry suffices.", from, { minItems: 1, maxItems: 16, by: "atomic" }),
      to: list("What may be referred to, in the grant's namespace; any entry suffices.", to, {
        minItems: 1,
        maxItems: 16,
        by: "atomic",
      }),
    }),
  },
});

/** A permission to refer across namespaces. */
export type ReferenceGrant = ObjectOf<typeof referenceGrant>;
