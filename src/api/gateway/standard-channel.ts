/**
 * The standard channel of the Gateway API: kinds without their experimental fields.
 * Source: gateway-api v1.6.1, config/crd/standard; https://gateway-api.sigs.k8s.io/concepts/versioning/
 */
import type { Kind, KindVersion } from "../schema/kind.ts";
import type { Schema, ValidationRule } from "../schema/schema.ts";
import { channelAnnotation } from "./bundle.ts";
import { headerValuePattern } from "./names.ts";
import { parentRules, standardParentRules } from "./references.ts";
import { ruleNamesDiffer } from "./route-fields.ts";

/** The fields that only the experimental channel has, wherever they stand. */
const experimentalFields: readonly string[] = [
  "defaultScope",
  "externalAuth",
  "retry",
  "sessionPersistence",
  "useDefaultGateways",
];

/** The words of choices that only the experimental channel has. */
const experimentalWords: readonly unknown[] = ["ExternalAuth"];

/** A kind as the standard channel has it; one that is not of the Gateway API is returned as it is. */
export function inStandardChannel(kind: Kind): Kind {
  if (kind.annotations[channelAnnotation] === undefined) return kind;
  const [newest, ...older] = kind.versions;
  const dropped = freeRuleNames.includes(kind.kind) ? [...experimentalFields, ruleNamesDiffer.rule] : experimentalFields;
  const rulesOf = (rules: readonly ValidationRule[]) => standardRules(rules, dropped);
  const versionOf = (version: KindVersion) => standardVersion(version, rulesOf);
  const annotations = { ...kind.annotations, [channelAnnotation]: "standard" };
  const versions = [versionOf(newest), ...older.map(versionOf)] as const;
  return { ...kind, annotations, schema: standardSchema(kind.schema, rulesOf), versions };
}

/** Of these several rules may have one name in the standard channel. */
const freeRuleNames: readonly string[] = ["GRPCRoute", "HTTPRoute"];

/** What the standard channel has of the rules of a node. */
type RulesOf = (rules: readonly ValidationRule[]) => readonly ValidationRule[];

/** Alpha versions are there for objects that are stored in them, and served to nobody. */
function standardVersion({ schema, ...version }: KindVersion, rulesOf: RulesOf): KindVersion {
  const served = version.name.includes("alpha") ? { served: false } : {};
  return { ...version, ...served, ...(schema && { schema: standardSchema(schema, rulesOf) }) };
}

function standardSchema(schema: Schema, rulesOf: RulesOf): Schema {
  const { properties, required, items, additionalProperties, enum: words, pattern, ...rest } = schema;
  const { "x-kubernetes-validations": rules, ...others } = rest;
  const left = rules && rulesOf(rules);
  return {
    ...others,
    ...(properties && { properties: standardProperties(properties, rulesOf) }),
    ...(required && { required: required.filter((name) => !experimentalFields.includes(name)) }),
    ...(items && { items: standardSchema(items, rulesOf) }),
    ...(additionalProperties && { additionalProperties: standardSchema(additionalProperties, rulesOf) }),
    ...(words && { enum: words.filter((word) => !experimentalWords.includes(word)) }),
    ...(pattern !== undefined && pattern !== headerValuePattern && { pattern }),
    ...(left !== undefined && left.length > 0 && { "x-kubernetes-validations": left }),
  };
}

type Properties = NonNullable<Schema["properties"]>;

function standardProperties(properties: Properties, rulesOf: RulesOf): Properties {
  const kept = Object.entries(properties).filter(([name]) => !experimentalFields.includes(name));
  return Object.fromEntries(kept.map(([name, schema]) => [name, standardSchema(schema, rulesOf)]));
}

/** The rules that mention nothing of what is dropped. */
function standardRules(rules: readonly ValidationRule[], dropped: readonly string[]): readonly ValidationRule[] {
  if (rules === parentRules) return standardParentRules;
  return rules.filter(({ rule }) => !dropped.some((text) => rule.includes(text)));
}
