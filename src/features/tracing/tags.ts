import type { CustomTagJson } from "#envoy/envoy/type/tracing/v3/custom_tag_pb";
import type { Tracing } from "./settings.ts";

type CustomTag = Tracing["customTags"][string];

/** The tags of all spans, by name. A format takes the place of a deprecated tag of the same name. */
export function envoyTags({ customTags, tags }: Pick<Tracing, "customTags" | "tags">): CustomTagJson[] {
  const byName = new Map<string, CustomTagJson>();
  for (const [tag, source] of Object.entries(customTags)) byName.set(tag, { tag, ...sourceOf(source) });
  for (const [tag, value] of Object.entries(tags)) byName.set(tag, { tag, value });
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag);
}

/** Where a tag takes its value from; without it, a tag is empty. */
function sourceOf({ type, literal, environment, requestHeader }: CustomTag): CustomTagJson {
  if (type === "Literal") return { literal: { value: literal?.value ?? "" } };
  const { name = "", defaultValue } = (type === "Environment" ? environment : requestHeader) ?? {};
  const source = { name, ...(defaultValue !== undefined && { defaultValue }) };
  return type === "Environment" ? { environment: source } : { requestHeader: source };
}
