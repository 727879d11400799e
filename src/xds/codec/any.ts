import { wellKnownTypes } from "./well-known-type.ts";

const prefix = "type.googleapis.com/";
const namesByUrl = new Map<string, string>();

/**
 * The full name of the message that a type URL stands for: what follows its last slash. Undefined when it is no type URL.
 * The names of the usual URLs are kept, because a cut string is slow to look up by.
 */
export function messageNameOf(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  const known = namesByUrl.get(url);
  if (known !== undefined) return known;
  const slash = url.lastIndexOf("/");
  if (slash < 0 || slash === url.length - 1) return undefined;
  const name = url.slice(slash + 1);
  if (slash === prefix.length - 1 && namesByUrl.size < 4096) namesByUrl.set(url, name);
  return name;
}

/**
 * Tells the messages that stand in the `value` of an Any instead of beside its `@type`: those with a JSON shape of their own.
 * google.protobuf.Empty is seen in both ways.
 */
export function hasOwnShape(name: string, any: Readonly<Record<string, unknown>>): boolean {
  if (name === "google.protobuf.Empty") return "value" in any;
  return name === "google.protobuf.Any" || wellKnownTypes.has(name);
}
