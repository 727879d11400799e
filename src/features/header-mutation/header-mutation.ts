/** Changes to the headers of all messages of a listener. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HeaderSettings). */
import type { HeaderMutationJson } from "#envoy/envoy/config/common/mutation_rules/v3/mutation_rules_pb";
import { readStringMatch, regexMistakes } from "../../gatewayapi/string-match.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { escapeFormat, type HeaderValueReading } from "../header-modifier/format-escape.ts";
import { stringMatcher } from "../string-matcher.ts";
import { typed } from "../typed-config.ts";
import type { HeaderMutations } from "./schema.ts";

interface Mutations {
  /** Of requests, before they are matched. */
  readonly early?: HeaderMutations;
  /** Of answers, after everything else. */
  readonly late?: HeaderMutations;
}

const part = slot<Mutations>("header-mutation");

/** Headers are added to, set in and removed from all requests before they are matched, and all answers before they leave. */
export function headerMutation(reading: HeaderValueReading): Feature {
  return {
    name: part.name,
    listenerField: {
      httpOnly: true,
      translate({ headers = {} }, parts) {
        const { earlyRequestHeaders: early, lateResponseHeaders: late } = headers;
        if (early === undefined && late === undefined) return { parts };
        const mistakes = [
          ...findMistakes(early, "spec.headers.earlyRequestHeaders"),
          ...findMistakes(late, "spec.headers.lateResponseHeaders"),
        ];
        if (mistakes.length > 0) return { parts, mistakes };
        return { parts: part.set(parts, { ...(early && { early }), ...(late && { late }) }) };
      },
    },
    connectionManager(draft, _fleet, own) {
      const { early } = part.of(own) ?? {};
      if (early === undefined) return draft;
      const extension = {
        name: "envoy.http.early_header_mutation.header_mutation",
        typedConfig: typed("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", {
          mutations: envoyMutations(early, reading),
        }),
      };
      return { ...draft, earlyHeaderMutationExtensions: [extension] };
    },
    listenerHttpFilter(own) {
      const { late } = part.of(own) ?? {};
      if (late === undefined) return undefined;
      return {
        name: "envoy.filters.http.header_mutation",
        typedConfig: typed("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {
          mutations: { responseMutations: envoyMutations(late, reading) },
        }),
      };
    },
  };
}

function findMistakes(mutations: HeaderMutations = {}, at: string): readonly string[] {
  const { add = [], set = [], addIfAbsent = [], remove = [], removeOnMatch = [] } = mutations;
  const hosts = (field: string, headers: readonly { readonly name: string }[]) =>
    headers.flatMap(({ name }, index) =>
      name.toLowerCase() === "host" ? [`${at}.${field}[${index}]: the Host header cannot be changed here; remove the entry`] : [],
    );
  return [
    ...hosts("add", add),
    ...hosts("set", set),
    ...hosts("addIfAbsent", addIfAbsent),
    ...remove.flatMap((name, index) => (name === "" ? [`${at}.remove[${index}] is empty; name a header`] : [])),
    ...regexMistakes(removeOnMatch, `${at}.removeOnMatch`),
  ];
}

function envoyMutations(
  { add = [], set = [], addIfAbsent = [], remove = [], removeOnMatch = [] }: HeaderMutations,
  reading: HeaderValueReading,
): HeaderMutationJson[] {
  const header = ({ name: key, value }: { readonly name: string; readonly value: string }) => ({
    key,
    value: escapeFormat(value, reading),
  });
  return [
    ...add.map((each) => ({ append: { header: header(each) } })),
    ...set.map((each) => ({ append: { header: header(each), appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" as const } })),
    ...addIfAbsent.map((each) => ({ append: { header: header(each), appendAction: "ADD_IF_ABSENT" as const } })),
    ...remove.map((name) => ({ remove: name })),
    ...removeOnMatch.map((match) => ({ removeOnMatch: { keyMatcher: stringMatcher(readStringMatch(match)) } })),
  ];
}
