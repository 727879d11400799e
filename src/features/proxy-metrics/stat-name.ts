/** Names of clusters in metrics. Source: Envoy Gateway v1.9, envoyproxy_metric_types.go (ClusterStatName). */
import type { Destination } from "../../ir/xds.ts";

type Operator = (destination: Destination) => string;

const operators: Readonly<Record<string, Operator>> = {
  ROUTE_NAME: ({ source }) => source.name,
  ROUTE_NAMESPACE: ({ source }) => source.namespace,
  ROUTE_KIND: ({ source }) => source.kind,
  ROUTE_RULE_NAME: ({ rule }) => rule?.ruleName ?? "-",
  ROUTE_RULE_NUMBER: ({ rule }) => String(rule?.index ?? "-"),
  BACKEND_REFS: ({ settings }) => settings.map(({ source: { namespace, name } }) => `${namespace}/${name}`).join("|"),
};

/** What is wrong with the form of a name, in words that follow the path of its field; undefined where nothing. */
export function statNameMistake(form: string): string | undefined {
  const unknown = [...form.matchAll(/%([^%]*)%/g)].find(([, name = ""]) => operators[name] === undefined);
  if (unknown === undefined) return undefined;
  const known = Object.keys(operators).map((name) => `%${name}%`);
  return `${unknown[0]} is not known; use ${known.join(", ")}`;
}

/** The name of a cluster in metrics. */
export function statName(form: string, destination: Destination): string {
  return form.replaceAll(/%([^%]*)%/g, (operator, name: string) => operators[name]?.(destination) ?? operator);
}
