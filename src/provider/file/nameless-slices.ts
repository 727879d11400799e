import { hash } from "node:crypto";
import { isObject } from "../../api/json-object.ts";

const serviceLabel = "kubernetes.io/service-name";

/**
 * Names an EndpointSlice that a file leaves nameless. In a cluster a controller makes up the names of slices, and nothing refers to
 * them; here the name is the Service's with a digest of the content, so that it is the same in every reading. Everything else is
 * returned as it is.
 */
export function withSliceName(document: unknown): unknown {
  if (!isObject(document) || document.kind !== "EndpointSlice" || !isObject(document.metadata)) return document;
  const { name, labels } = document.metadata;
  if (name !== undefined && name !== null && name !== "") return document;
  const service = isObject(labels) && typeof labels[serviceLabel] === "string" ? labels[serviceLabel] : "slice";
  const digest = hash("sha256", JSON.stringify(sorted(document)), "hex").slice(0, 10);
  return { ...document, metadata: { ...document.metadata, name: `${service}-${digest}` } };
}

/** The order of members says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
