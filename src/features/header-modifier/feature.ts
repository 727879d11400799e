import type { HeaderValueOptionJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { Feature } from "../feature.ts";
import { escapeFormat, type HeaderValueReading } from "./format-escape.ts";
import { type HeaderEdits, type HeaderModifier, headerModifierSlot } from "./header-edits.ts";
import { headerModifierFilters } from "./route-filters.ts";

/** Changes headers of requests and responses. */
export function headerModifier(reading: HeaderValueReading): Feature {
  return {
    name: headerModifierSlot.name,
    routeFilters: headerModifierFilters,
    route: (draft, { rule }) => ({ ...draft, ...headerFields(headerModifierSlot.of(rule.parts), reading) }),
    weightedCluster: (draft, { parts }) => ({ ...draft, ...headerFields(headerModifierSlot.of(parts), reading) }),
  };
}

/** The fields that routes, weighted clusters and virtual hosts have alike. */
interface HeaderFields {
  requestHeadersToAdd?: HeaderValueOptionJson[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOptionJson[];
  responseHeadersToRemove?: string[];
}

function headerFields(modifier: HeaderModifier | undefined, reading: HeaderValueReading): HeaderFields {
  const fields: HeaderFields = {};
  if (modifier?.request !== undefined) {
    fields.requestHeadersToAdd = toAdd(modifier.request, reading);
    fields.requestHeadersToRemove = [...modifier.request.remove];
  }
  if (modifier?.response !== undefined) {
    fields.responseHeadersToAdd = toAdd(modifier.response, reading);
    fields.responseHeadersToRemove = [...modifier.response.remove];
  }
  return fields;
}

function toAdd({ add, set }: HeaderEdits, reading: HeaderValueReading): HeaderValueOptionJson[] {
  const option = (name: string, value: string) => ({ key: name, value: escapeFormat(value, reading) });
  return [
    ...add.map(({ name, value }) => ({ header: option(name, value) })),
    ...set.map(({ name, value }) => ({ header: option(name, value), appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" as const })),
  ];
}
