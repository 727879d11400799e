/** What an installation in a cluster is made of: what the chart gateway-helm makes of values, in the order in which it is applied. */

import { Ajv } from "ajv";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import { isObject } from "../api/json-object.ts";
import { builtKinds } from "../api/kinds.ts";
import { customResourceDefinition } from "../api/schema/crd.ts";
import type { Kind } from "../api/schema/kind.ts";
import { parseYaml } from "../api/yaml/parse-yaml.ts";
import { type Chart, type Release, readChart, renderChart, type Values, valuesOf } from "./chart.ts";

/** An object for an API server, as far as it matters here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The objects of an installation. */
export interface Installation {
  readonly release: Release;
  /** The configuration of the control plane; undefined where no object holds one. */
  readonly config: EnvoyGateway | undefined;
  /** CustomResourceDefinitions. */
  readonly definitions: readonly Manifest[];
  readonly namespace: Manifest;
  /** What makes the certificates and what that needs: applied before the rest, in order, and Jobs waited for. */
  readonly preparation: readonly Manifest[];
  readonly objects: readonly Manifest[];
}

/** The annotations by which an object tells what installation it belongs to. */
export const releaseName = "meta.helm.sh/release-name";
export const releaseNamespace = "meta.helm.sh/release-namespace";

/** The folder of the chart, below the project's folder. */
export const chartFolder = "charts/gateway-helm";

/**
 * The objects of a release of gateway-helm with the given values. Throws in words for the user what is wrong with the values, the
 * configuration of the control plane in them included.
 */
export function installation(release: Release, given: Values): Installation {
  const chart = readChart(chartFolder);
  const values = valuesOf(chart, given);
  checkValues(chart, values);
  const manifests = renderChart(chart, values, release).flatMap(manifestsOf);
  const namespace = manifests.find(({ kind }) => kind === "Namespace") ?? namespaceOf(release, values);
  const others = manifests.filter(({ kind }) => kind !== "Namespace");
  return {
    release,
    config: configIn(manifests),
    definitions: isObject(values.crds) && values.crds.enabled === false ? [] : definitions(),
    namespace,
    preparation: others.filter((manifest) => hookWeight(manifest) !== undefined).sort(byWeight),
    objects: others
      .filter((manifest) => hookWeight(manifest) === undefined)
      .sort((one, other) => rank(one) - rank(other))
      .map((manifest) => adoptable(manifest, release)),
  };
}

/** The definitions of the kinds that are built. */
export function definitions(): readonly Manifest[] {
  const kinds: readonly Kind[] = builtKinds;
  return kinds.filter(({ custom }) => custom).map((kind) => ({ ...customResourceDefinition(kind) }));
}

/** The order among what Helm calls hooks; undefined for other objects. */
function hookWeight({ metadata: { annotations } }: Manifest): number | undefined {
  return annotations?.["helm.sh/hook"] === undefined ? undefined : Number(annotations["helm.sh/hook-weight"] ?? 0);
}

/** What others need comes before them: last is what runs. */
function rank({ kind }: Manifest): number {
  return ["Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Deployment"].indexOf(kind);
}

function byWeight(one: Manifest, other: Manifest): number {
  return (hookWeight(one) ?? 0) - (hookWeight(other) ?? 0);
}

function namespaceOf({ namespace }: Release, { namespaceOverride }: Values): Manifest {
  const name = typeof namespaceOverride === "string" && namespaceOverride !== "" ? namespaceOverride : namespace;
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** With these annotations `helm upgrade --install` takes objects over that Helm did not make. */
function adoptable(manifest: Manifest, { name, namespace }: Release): Manifest {
  const annotations = { [releaseName]: name, [releaseNamespace]: namespace };
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/** The objects in the text that a template made. */
function manifestsOf(text: string): readonly Manifest[] {
  return text.split(/^---\s*$/m).flatMap((part) => {
    const parsed = parseYaml(part);
    if ("error" in parsed) throw new Error(`the values lead to an object that is no YAML: ${parsed.error.message}:\n${part}`);
    return parsed.value === null ? [] : [parsed.value as Manifest];
  });
}

function checkValues({ schema }: Chart, values: Values): void {
  if (schema === undefined) return;
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
  const check = ajv.compile(schema);
  if (check(values)) return;
  const problems = (check.errors ?? []).map(({ instancePath, message, params }) => {
    const path = instancePath.slice(1).split("/");
    if ("additionalProperty" in params) return `there is no ${[...path, params.additionalProperty].join(".")}`;
    return `${path.join(".") || "the whole"} ${message}`;
  });
  throw new Error(`the values are wrong: ${problems.join("; ")}`);
}

/** Reads the configuration, which the program would refuse only when it starts. */
function configIn(manifests: readonly Manifest[]): EnvoyGateway | undefined {
  for (const { kind, data } of manifests) {
    const text = kind === "ConfigMap" && isObject(data) ? data["envoy-gateway.yaml"] : undefined;
    if (typeof text !== "string") continue;
    const parsed = parseConfig(text, "config.envoyGateway");
    if ("config" in parsed) return parsed.config;
    const problems = parsed.problems.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`));
    throw new Error(`config.envoyGateway is wrong: ${problems.join("; ")}`);
  }
  return undefined;
}
