/** Secret. Source: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { boolean, map, optional, string } from "../schema/vocabulary.ts";
import { coreKind } from "./core-kind.ts";
import { dataKeyRules } from "./data-keys.ts";

/** The kind Secret. */
export const secret = defineKind({
  ...coreKind,
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  description: "Confidential data: certificates with their keys, passwords, tokens.",
  fields: {
    data: optional(map("The data: values are base64.", string("Value, base64.", { format: "byte" }), { rules: dataKeyRules })),
    immutable: optional(boolean("The data cannot be changed.")),
    stringData: optional(map("The data as text, for writing: it is merged into `data`.", string("Value."))),
    type: string("What the data is for, like `kubernetes.io/tls`.", { default: "Opaque" }),
  },
  prepare: mergeStringData,
});

/** What the API server does with `stringData` before it stores a Secret: each value, encoded, replaces the one in `data`. */
function mergeStringData(secret: Record<string, unknown>): void {
  const { stringData, data } = secret;
  if (!isRecord(stringData) || !(data === undefined || data === null || isRecord(data))) return;
  const entries = Object.entries(stringData).filter(([, text]) => text !== null);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) return;
  const encoded = entries.map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")] as const);
  secret.data = Object.fromEntries([...Object.entries(data ?? {}), ...encoded]);
  delete secret.stringData;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Confidential data. */
export type Secret = ObjectOf<typeof secret>;
