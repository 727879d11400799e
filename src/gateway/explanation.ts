import type { FileProblem } from "../api/yaml/file-problem.ts";
import { statusKey } from "../gatewayapi/object-ref.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import type { EntryRef, Explanation } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import { isXdsType, type XdsResource, type XdsType, xdsTypes } from "../xds/resource.ts";
import type { XdsStore } from "../xds/server/store.ts";
import type { Pipeline } from "./pipeline.ts";
import { badConditions, type ReportedProblem, subjectOf } from "./problem-report.ts";

/** What became of an object. */
export interface ObjectExplanation {
  /** `Kind/namespace/name`, or `Kind/name`. */
  readonly object: string;
  /** Whether a valid version of it is worked with. */
  readonly inForce: boolean;
  /** What keeps it, or a part of it, from being served; empty when nothing does. */
  readonly problems: readonly ReportedProblem[];
  /** The first of the resources that it is a part of, and how many there are. */
  readonly resources: readonly ResourceRef[];
  readonly resourceCount: number;
  /** The fleets that these are for. */
  readonly fleets: readonly FleetExplanation[];
}

/** What a resource was made from. */
export interface ResourceExplanation extends ResourceRef {
  /** A digest of its content, as proxies see it. */
  readonly version: string;
  /** The first of the objects that it says something about, and how many there are. */
  readonly objects: readonly string[];
  readonly objectCount: number;
  /** The first of the resources that it names, and how many there are. */
  readonly references: readonly string[];
  readonly referenceCount: number;
  /** The computations behind it, from the resource back to the objects, each with why it last ran. */
  readonly steps: readonly Explanation[];
  readonly fleetState: FleetExplanation;
}

/** A resource of a fleet. */
export interface ResourceRef {
  readonly fleet: ScopeKey;
  readonly type: XdsType;
  readonly name: string;
}

/** What proxies made of it. */
export interface FleetExplanation {
  readonly fleet: ScopeKey;
  readonly connected: number;
  readonly synced: boolean;
  /** What infrastructure or proxies say is wrong. */
  readonly problems: readonly string[];
}

/** What explanations are made from. */
export interface ExplainedWorld {
  readonly pipeline: Pipeline;
  readonly store: XdsStore;
  /** What is wrong in files. */
  readonly files: readonly FileProblem[];
}

/** Lists are cut off after so many; the whole is in the dumps. */
const shown = 50;

/**
 * Explains an object (`HTTPRoute/default/app`, `GatewayClass/eg`) or an xDS resource (`Cluster/<fleet>/<name>`); undefined when
 * nothing is known by that name.
 */
export function explain(subject: string, world: ExplainedWorld): ObjectExplanation | ResourceExplanation | undefined {
  const [kind = "", ...rest] = subject.split("/");
  // Secret is both a kind and a type.
  const object = rest.length <= 2 ? explainObject(kind, rest, world) : undefined;
  return object ?? (isXdsType(kind) ? explainResource(kind, rest.join("/"), world.pipeline) : undefined);
}

function explainObject(
  kind: string,
  names: readonly string[],
  { pipeline, store, files }: ExplainedWorld,
): ObjectExplanation | undefined {
  const [[name = "", namespace = ""], source] = [[...names].reverse(), sourceOf(pipeline, kind)];
  const inForce = source?.get(names.join("/")) !== undefined;
  const object = subjectOf({ kind, namespace, name });
  const inFiles = files.filter((problem) => problem.object === `${kind} ${names.join("/")}`);
  if (!inForce && inFiles.length === 0) return undefined;
  const isThis = (ref: ObjectRef) => ref.kind === kind && ref.namespace === namespace && ref.name === name;
  const resources = [...resourcesIn(store, pipeline)].filter(({ sources }) => Iterator.from(sources).some(isThis));
  const status = pipeline.statuses.get(statusKey({ kind, namespace, name }));
  return {
    object,
    inForce,
    problems: [...inFiles.map(fileProblem), ...(status === undefined ? [] : badConditions(status)), ...orphaned(object, status)],
    resources: resources.slice(0, shown).map(refOf),
    resourceCount: resources.length,
    fleets: [...new Set(resources.map(({ scope }) => scope))].map((scope) => explainFleet(scope, pipeline)),
  };
}

/** From the store: going through a collection of the graph sorts it, which takes long where it is large. */
function* resourcesIn(store: XdsStore, { infra }: Pipeline): Generator<XdsResource> {
  for (const fleet of infra.keys())
    for (const type of xdsTypes) for (const { resource } of store.scope(fleet).all(type).values()) yield resource;
}

function sourceOf({ objects }: Pipeline, kind: string): { get(key: string): unknown } | undefined {
  return Object.entries(objects).find(([name]) => name === kind)?.[1];
}

function fileProblem({ file, line, field, message }: FileProblem): ReportedProblem {
  return { subject: line === undefined ? file : `${file}:${line}`, ...(field === undefined ? {} : { field }), message };
}

/** A ListenerSet or route that no Gateway of ours is told about has no status, or one without parents. */
function* orphaned(object: string, status: ObjectStatus | undefined): Generator<ReportedProblem> {
  const parents = status !== undefined && "parents" in status.status ? status.status.parents : [];
  if (/^[^/]*Route\//.test(object) && parents.length === 0)
    yield {
      subject: object,
      field: "spec.parentRefs",
      message: "no parent is a Gateway of this controller, or a ListenerSet that one takes",
    };
  if (object.startsWith("ListenerSet/") && status === undefined)
    yield { subject: object, field: "spec.parentRef", message: "the parent is no Gateway of this controller" };
}

function explainResource(type: XdsType, rest: string, pipeline: Pipeline): ResourceExplanation | undefined {
  // Both fleets and resources have slashes in their names, so all ways to take them apart are tried.
  const fleets = [...pipeline.infra.keys()].filter((fleet) => rest.startsWith(`${fleet}/`));
  for (const fleet of fleets) {
    const key = `${fleet}|${type}|${rest.slice(fleet.length + 1)}`;
    const resource = pipeline.resources.get(key);
    if (resource === undefined) continue;
    const objects = [...new Set(Iterator.from(resource.sources).map(subjectOf))];
    const references = [...new Set(Iterator.from(resource.references).map(({ type, name }) => `${type}/${fleet}/${name}`))];
    return {
      ...refOf(resource),
      version: resource.version,
      objects: objects.slice(0, shown),
      objectCount: objects.length,
      references: references.slice(0, shown),
      referenceCount: references.length,
      steps: stepsTo({ collection: pipeline.resources.name, key }, pipeline),
      fleetState: explainFleet(fleet, pipeline),
    };
  }
  return undefined;
}

/** Goes back from an entry through what it was made from and what was read for it, nearest first. */
function stepsTo(entry: EntryRef, { graph }: Pipeline): Explanation[] {
  const steps: Explanation[] = [];
  const seen = new Set<string>();
  const queue: EntryRef[] = [entry];
  for (let next = queue.shift(); next !== undefined && steps.length < shown; next = queue.shift()) {
    const id = `${next.collection}|${next.key}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const step = graph.explain(next.collection, next.key);
    if (step === undefined) continue;
    steps.push(step);
    queue.push(...step.inputs);
    for (const { collection, index, key } of step.reads)
      if (index === undefined && key !== undefined) queue.push({ collection, key });
  }
  return steps;
}

function explainFleet(fleet: ScopeKey, { infraReports, syncReports }: Pipeline): FleetExplanation {
  const sync = syncReports.get(fleet);
  const problem = infraReports.get(fleet)?.problem;
  const refused = (sync?.rejections ?? []).map(({ resources, message }) => `${resources.join(", ")}: ${message}`);
  return {
    fleet,
    connected: sync?.connected ?? 0,
    synced: sync?.synced ?? false,
    problems: [...(problem === undefined ? [] : [problem]), ...refused],
  };
}

function refOf({ scope, type, name }: XdsResource): ResourceRef {
  return { fleet: scope, type, name };
}
