import type { Gathering } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Provider } from "../provider/provider.ts";
import type { MetricRegistry, Reading } from "../telemetry/metric-registry.ts";
import { xdsTypes } from "../xds/resource.ts";
import type { XdsServer } from "../xds/server/server.ts";
import type { XdsStore } from "../xds/server/store.ts";
import type { BadObject, BadObjects } from "./bad-objects.ts";
import type { ConfigState } from "./config-state.ts";
import type { Pipeline } from "./pipeline.ts";
import { versionInfo } from "./version.ts";

/** What the state is read from. */
export interface MeasuredParts {
  readonly pipeline: Pipeline;
  readonly gathering: Gathering;
  readonly provider: Provider;
  readonly xds: XdsServer;
  readonly store: XdsStore;
  readonly configState: ConfigState;
  readonly badObjects: BadObjects;
}

/**
 * Registers what is read from the state of the control plane when somebody asks. Reading goes through no collection that grows with
 * the routes.
 */
export function measureState(registry: MetricRegistry, parts: MeasuredParts): void {
  measureBuild(registry);
  measureGraph(registry, parts);
  measureProxies(registry, parts);
  measureConfig(registry, parts);
  measureSources(registry, parts);
  measureObjects(registry, parts);
}

function measureBuild(registry: MetricRegistry): void {
  const { envoyGatewayVersion, envoyProxyVersion, gatewayAPIVersion, gitCommitID, nodeVersion } = versionInfo();
  const labels = {
    version: envoyGatewayVersion,
    envoy_version: envoyProxyVersion,
    gateway_api_version: gatewayAPIVersion,
    revision: gitCommitID,
    node_version: nodeVersion,
  };
  const head = { name: "envoy_gateway_build_info", help: "What this is; always 1.", labels: Object.keys(labels) };
  registry.reading("gauge", head, () => [{ labels, value: 1 }]);
}

function measureGraph(registry: MetricRegistry, { pipeline: { graph }, gathering }: MeasuredParts): void {
  const ofEach = (name: string, help: string, type: "counter" | "gauge", read: (node: Node) => number): void =>
    registry.reading(type, { name: `envoy_gateway_graph_${name}`, help, labels: ["collection"] }, () =>
      graph.describe().nodes.map((node) => ({ labels: { collection: node.name }, value: read(node) })),
    );
  ofEach("entries", "Entries of a collection.", "gauge", ({ size }) => size);
  ofEach("runs_total", "Computations of a collection's entries that were run.", "counter", ({ runs }) => runs);
  ofEach("unchanged_total", "Those whose result was as before, where a change ended.", "counter", ({ equalStops }) => equalStops);
  ofEach("errors_total", "Those that failed, which is a mistake of the program.", "counter", ({ errors }) => errors);
  ofEach(
    "seconds_total",
    "Time that a collection was worked on, in seconds.",
    "counter",
    ({ milliseconds }) => milliseconds / 1000,
  );
  registry.reading(
    "gauge",
    { name: "envoy_gateway_graph_failures", help: "Entries that cannot be computed at present.", labels: ["collection"] },
    () => counted(graph.failures.values(), ({ collection }) => ({ collection })),
  );
  registry.reading("counter", { name: "envoy_gateway_graph_versions_total", help: "Batches of changes worked off." }, () => [
    { value: graph.version },
  ]);
  registry.reading(
    "gauge",
    { name: "watchable_depth", help: "Events that wait for the next batch.", labels: ["runner", "message"] },
    () => [{ labels: { runner: "gateway-api", message: "provider-resources" }, value: gathering.depth() }],
  );
}

type Node = ReturnType<Pipeline["graph"]["describe"]>["nodes"][number];

function measureObjects(registry: MetricRegistry, { pipeline, provider, store, badObjects }: MeasuredParts): void {
  registry.reading("gauge", { name: "envoy_gateway_objects", help: "Objects in force.", labels: ["kind"] }, () =>
    Object.entries(pipeline.objects).map(([kind, source]) => ({ labels: { kind }, value: source.size })),
  );
  registry.reading(
    "gauge",
    {
      name: "envoy_gateway_rejected_objects",
      help: "Objects in files that are refused, and documents that cannot be read.",
    },
    () => [{ value: new Set(provider.problems().map(({ file, line, object }) => `${file}|${object ?? line}`)).size }],
  );
  registry.reading(
    "gauge",
    {
      name: "envoy_gateway_bad_conditions",
      help: "Conditions of objects that are not as they should be.",
      labels: ["kind", "condition", "reason"],
    },
    () => counted(badObjects.byKey.values().flatMap(labelsOf), (labels) => labels),
  );
  registry.reading(
    "gauge",
    { name: "envoy_gateway_xds_resources", help: "Resources for proxies.", labels: ["fleet", "type"] },
    () => Array.from(pipeline.infra.keys(), (fleet) => resourcesOf(fleet, store)).flat(),
  );
}

function labelsOf({ object: { kind }, problems }: BadObject): readonly Readonly<Record<string, string>>[] {
  return problems.map(({ condition = "", reason = "" }) => ({ kind, condition, reason }));
}

function resourcesOf(fleet: ScopeKey, store: XdsStore): Reading[] {
  const resources = store.scope(fleet);
  return xdsTypes.map((type) => ({ labels: { fleet, type }, value: resources.all(type).size }));
}

function measureProxies(registry: MetricRegistry, { pipeline: { infra, infraReports, syncReports }, xds }: MeasuredParts): void {
  const scopes = (name: string, help: string, read: (scope: string) => number): void =>
    registry.reading("gauge", { name: `envoy_gateway_${name}`, help, labels: ["fleet"] }, () =>
      Array.from(infra.keys(), (fleet) => ({ labels: { fleet }, value: read(fleet) })),
    );
  scopes("proxies_connected", "Proxies that are connected.", (fleet) => syncReports.get(fleet)?.connected ?? 0);
  scopes("proxies_available", "Proxies that run and serve.", (fleet) => infraReports.get(fleet)?.replicas.available ?? 0);
  scopes("proxies_synced", "1 when all connected proxies of the fleet have everything.", (fleet) =>
    Number(syncReports.get(fleet)?.synced ?? false),
  );
  scopes("refused_resources", "Resources that proxies of the fleet refuse at present.", (fleet) =>
    (syncReports.get(fleet)?.rejections ?? []).reduce((sum, { resources }) => sum + resources.length, 0),
  );
  registry.reading(
    "gauge",
    { name: "envoy_gateway_xds_streams", help: "Open streams of proxies.", labels: ["fleet", "variant"] },
    () => counted(xds.syncState(), ({ scope, variant }) => ({ fleet: scope, variant })),
  );
}

function measureConfig(registry: MetricRegistry, { configState }: MeasuredParts): void {
  registry.reading(
    "counter",
    { name: "envoy_gateway_config_reloads_total", help: "Changes of the configuration file.", labels: ["result"] },
    () => [
      { labels: { result: "applied" }, value: configState.applied() },
      { labels: { result: "refused" }, value: configState.refused() },
    ],
  );
  registry.reading(
    "gauge",
    { name: "envoy_gateway_config_in_force", help: "1 when what the configuration file says at present is in force." },
    () => [{ value: Number(configState.problems().length === 0) }],
  );
}

function measureSources(registry: MetricRegistry, { provider }: MeasuredParts): void {
  if (provider.states === undefined) return;
  const head = {
    name: "envoy_gateway_kubernetes_sources",
    help: "Collections of the API server by state: reading, following, failing (what is known stays in force), absent (no such kind).",
    labels: ["kind", "state"],
  };
  registry.reading("gauge", head, () =>
    Array.from(provider.states?.() ?? [], ([kind, states]) => [...counted(states, (state) => ({ kind, state }))]).flat(),
  );
}

/** How many there are of each combination of labels. */
function* counted<T>(items: Iterable<T>, labelsOf: (item: T) => Readonly<Record<string, string>>): Generator<Reading> {
  const found = new Map<string, { labels: Readonly<Record<string, string>>; value: number }>();
  for (const item of items) {
    const labels = labelsOf(item);
    const id = Object.values(labels).join("|");
    const same = found.get(id);
    if (same === undefined) found.set(id, { labels, value: 1 });
    else same.value++;
  }
  yield* found.values();
}
