/** ConfigMap. Source: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { boolean, map, optional, string } from "../schema/vocabulary.ts";
import { coreKind } from "./core-kind.ts";
import { dataKeyRules } from "./data-keys.ts";

/** The kind ConfigMap. */
export const configMap = defineKind({
  ...coreKind,
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  scope: "Namespaced",
  description: "Data that is not confidential: certificates of authorities, bodies of answers, scripts.",
  fields: {
    binaryData: optional(
      map("Binary data: values are base64.", string("Value, base64.", { format: "byte" }), { rules: dataKeyRules }),
    ),
    data: optional(map("Text data.", string("Value."), { rules: dataKeyRules })),
    immutable: optional(boolean("The data cannot be changed.")),
  },
});

/** Data that is not confidential. */
export type ConfigMap = ObjectOf<typeof configMap>;
