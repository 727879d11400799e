import type { FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import type { Parts } from "../../ir/slot.ts";
import { type HeaderEdits, headerModifierSlot, isEmpty, mergeEdits } from "./header-edits.ts";
import type { HTTPHeaderFilter } from "./schema.ts";

/** The filters RequestHeaderModifier and ResponseHeaderModifier of an HTTPRoute. */
export const headerModifierFilters: readonly RouteFilter[] = [
  {
    type: "RequestHeaderModifier",
    places: ["rule", "backend"],
    translate: (filter, parts) => translate(filter.type, filter.requestHeaderModifier, parts, "request"),
  },
  {
    type: "ResponseHeaderModifier",
    places: ["rule", "backend"],
    translate: (filter, parts) => translate(filter.type, filter.responseHeaderModifier, parts, "response"),
  },
];

function translate(
  type: string,
  filter: HTTPHeaderFilter | undefined,
  parts: Parts,
  direction: "request" | "response",
): FilterOutcome {
  const edits: HeaderEdits = { add: filter?.add ?? [], set: filter?.set ?? [], remove: filter?.remove ?? [] };
  const mistake = mistakeIn(edits);
  if (mistake !== undefined)
    return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `${type} filter: ${mistake}.` } };
  const before = headerModifierSlot.of(parts);
  return { parts: headerModifierSlot.set(parts, { ...before, [direction]: mergeEdits(before?.[direction], edits) }) };
}

/**
 * What Envoy would refuse, or what says nothing. The schema finds most of it before; this holds for objects that were let in
 * without it.
 */
function mistakeIn(edits: HeaderEdits): string | undefined {
  if (isEmpty(edits)) return "it names no header to add, set or remove; name one or remove the filter";
  const fields = [...edits.add, ...edits.set];
  const names = [...fields.map(({ name }) => name), ...edits.remove];
  for (const name of names) {
    if (!headerName.test(name)) return `${JSON.stringify(name)} is not the name of a header`;
    if (name.toLowerCase() === "host") return "the Host header cannot be changed here; use a URLRewrite filter with a hostname";
  }
  const bad = fields.find(({ value }) => !headerValue.test(value));
  return bad && `the value of ${bad.name} has characters that a header value cannot have`;
}

/** A token (RFC 9110, section 5.6.2): no pseudo headers such as `:path`. */
const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

/** Visible characters, with single blanks or tabs between them (RFC 9110, section 5.5). */
const headerValue = /^[!-~]+([\t ]?[!-~]+)*$/;
