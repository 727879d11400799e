import { setTimeout } from "node:timers/promises";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { createGathering, type Gathering, type Source } from "../graph/index.ts";
import type { Infrastructure } from "../infra/infrastructure.ts";
import type { InfraReport } from "../ir/infra.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Logger, Logs } from "../log/logger.ts";
import { type Provider, writerTo } from "../provider/provider.ts";
import type { StatusMemory } from "../provider/status-store.ts";
import { createMetricRegistry, type MetricRegistry } from "../telemetry/metric-registry.ts";
import { measureProcess } from "../telemetry/process-metrics.ts";
import { createXdsStore } from "../xds/server/store.ts";
import { createAdminView } from "./admin-view.ts";
import { followBadObjects } from "./bad-objects.ts";
import { followCertificateTimes, judgeOnArrival } from "./certificate-clock.ts";
import type { Closers } from "./closers.ts";
import { type ConfigState, createConfigState } from "./config-state.ts";
import { keepStatuses } from "./dated-statuses.ts";
import { type InterfaceAddresses, type InterfacePorts, openInterfaces } from "./interfaces.ts";
import { rememberFaults } from "./known-faults.ts";
import { openMetricSinks, servesPrometheus } from "./metric-outlets.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { countStages, type StageMetrics } from "./stage-metrics.ts";
import { measureState } from "./state-metrics.ts";
import { logStatuses } from "./status-log.ts";
import { beginStatuses } from "./status-start.ts";
import type { SharedParts, StatusOptions, Surroundings, XdsChannel } from "./surroundings.ts";
import { feedXdsStore } from "./xds-feed.ts";
import { xdsLimits } from "./xds-limits.ts";

/** What every control plane is made from, wherever it runs. */
export interface CommonOptions {
  /** The configuration file, with defaults. */
  readonly config: EnvoyGateway;
  readonly logs: Logs;
  /** Other ports than the usual ones. 0: any free one. */
  readonly ports?: {
    readonly xds?: number | undefined;
    readonly health?: number | undefined;
    readonly admin?: number | undefined;
    readonly metrics?: number | undefined;
  };
  /** The address that metrics are served on. Default: what the surroundings say. */
  readonly metricsHost?: string | undefined;
  /** What is known of the configuration file that `config` is from. Default: nothing. */
  readonly configState?: ConfigState;
}

/** A control plane at work. */
export interface WorkingControlPlane {
  readonly ports: InterfacePorts & { readonly xds: number };
  readonly pipeline: Pipeline;
  readonly provider: Provider;
  /** What is known of statuses, for a control plane that is started after this one. */
  statusMemory(): StatusMemory;
  /** Undefined: proxies are run by others. */
  readonly infrastructure: Infrastructure | undefined;
}

/** Envoy Gateway's usual ports. */
const usualPorts = { health: 8081, metrics: 19001 };

/**
 * Puts a control plane together in its surroundings: xDS, its own interfaces, the objects, statuses, and then the proxies. Resolves
 * when the first complete configuration is worked out; rejects, in words for the user, when something that it needs cannot be had.
 * Whatever is to be undone is in `closers`, also then.
 */
export async function openControlPlane(
  options: CommonOptions,
  surroundings: Surroundings,
  closers: Closers,
  statusMemory?: StatusMemory,
): Promise<WorkingControlPlane> {
  const { config, logs, configState = createConfigState() } = options;
  tellOfConfig(config, logs.for("default"));
  const registry = createMetricRegistry();
  closers.add(measureProcess(registry));
  const metrics = countStages(registry);
  const shared = openShared(options, surroundings, registry, metrics, closers);
  const { pipeline, gathering } = shared;
  // What proxies and notes of earlier ones say comes before the objects, and is no configuration.
  const begun = gathering.register("objects");

  const store = createXdsStore();
  const filled = Promise.withResolvers<void>();
  const server = {
    store,
    storeFilled: filled.promise,
    observer: metrics.sessions,
    onFaults: rememberFaults(pipeline.refusals, (fn) => gathering.write(fn)),
    ...serverLimits(config),
  };
  const channel = await surroundings.openChannel({ ...shared, server, port: options.ports?.xds }, closers);
  const infrastructure = await openInfrastructure(shared, surroundings, channel, closers);
  const writer = judgeOnArrival(writerTo(pipeline.objects), pipeline.configuration.instants);
  const provider = surroundings.openProvider({ ...shared, writer });
  closers.add(() => provider.stop());
  // Not before the provider has said what the first version waits for.
  infrastructure?.recall?.();
  let serving = false;
  const waitingFor = () => (serving ? undefined : (notReady(gathering) ?? "the first configuration is being worked out"));
  const { writeStatuses, shareFindings } = surroundings;
  const onWritten = writeStatuses === undefined ? metrics.statusesWritten : () => {};
  const statuses = keepStatuses(pipeline, logs.for("provider"), closers, onWritten, statusMemory);
  const xds = channel.server;
  const badObjects = followBadObjects(pipeline);
  closers.add(badObjects.close);
  measureState(registry, { pipeline, gathering, provider, xds, store, configState, badObjects });
  const { envoyAdmin } = surroundings;
  const parts = { config, configState, pipeline, statuses, provider, xds, store, metrics: registry, envoyAdmin };
  const view = createAdminView({ ...parts, startTime: new Date(), waitingFor });
  const opened = await openInterfaces(addressesOf(options, surroundings), view, waitingFor, closers);
  await openMetricSinks(config, registry, logs.for("default"), closers);

  closers.add(xds.onReport((scope, report) => gathering.write(() => put(pipeline.syncReports, scope, report))));
  provider.start();
  begun();
  await gathering.synced;
  followTimes(shared, closers);
  const feed = { store, log: logs.for("xds-translator"), onVersion: metrics.versionStored };
  closers.add(await feedXdsStore(pipeline.graph, pipeline.resources, feed));
  filled.resolve();
  serving = true;
  if (shareFindings !== undefined) closers.add(shareFindings(shared));
  closers.add(logStatuses(badObjects, logs.for("gateway-api")));
  // The streams go through everything now, as what follows does: the event loop takes a turn between.
  await setTimeout(1);
  if (infrastructure !== undefined)
    closers.add(surroundings.whileLeading(() => runInfrastructure(infrastructure, pipeline, metrics)));
  if (writeStatuses !== undefined) {
    const onWritten: StatusOptions["onWritten"] = (key, ms, outcome) => metrics.statusesWritten([key], ms, outcome);
    const telling = { ...shared, onWritten };
    const begin = () => writeStatuses(telling);
    closers.add(surroundings.whileLeading(() => beginStatuses(infrastructure, shared.gathering, begin)));
  }
  const ports = { ...opened, xds: channel.address.port };
  return { ports, pipeline, provider, infrastructure, statusMemory: () => statuses.memory() };
}

function openShared(
  { config, logs }: CommonOptions,
  { controllerNamespace }: Surroundings,
  registry: MetricRegistry,
  metrics: StageMetrics,
  closers: Closers,
): SharedParts {
  const pipeline = openPipeline({ config, ...(controllerNamespace === undefined ? {} : { controllerNamespace }) });
  closers.add(() => pipeline.graph.close());
  const gathering = createGathering(pipeline.graph, {
    report: (error) => logs.for("gateway-api").error("internal error", { error }),
    settled: metrics.settled,
  });
  closers.add(() => gathering.close());
  return { config, logs, metrics: registry, pipeline, gathering };
}

function tellOfConfig(config: EnvoyGateway, log: Logger): void {
  const { address, enableDumpConfig } = config.admin;
  if (enableDumpConfig) log.info("the configuration in force", { config });
  if (!["127.0.0.1", "::1", "localhost"].includes(address.host))
    log.warn("the admin API has no authentication and is open to other machines: see admin.address.host", { host: address.host });
}

function serverLimits(config: EnvoyGateway) {
  const { maxReceiveMessageSize, ...connections } = xdsLimits(config);
  return { connections, ...(maxReceiveMessageSize === undefined ? {} : { maxReceiveMessageSize }) };
}

/** Where the control plane's own interfaces listen: what the command line says, else the configuration, else the usual ports. */
function addressesOf({ config, ports = {}, metricsHost }: CommonOptions, { host }: Surroundings): InterfaceAddresses {
  return {
    admin: { ...config.admin.address, ...(ports.admin === undefined ? {} : { port: ports.admin }) },
    health: { host, port: ports.health ?? usualPorts.health },
    metrics: servesPrometheus(config) ? { host: metricsHost ?? host, port: ports.metrics ?? usualPorts.metrics } : undefined,
  };
}

function followTimes({ pipeline, gathering }: SharedParts, closers: Closers): void {
  const { instants, storedCertificates: certificates } = pipeline.configuration;
  const write = (fn: () => void) => gathering.write(fn);
  closers.add(followCertificateTimes({ graph: pipeline.graph, certificates, instants, write }));
}

function openInfrastructure(
  shared: SharedParts,
  surroundings: Surroundings,
  channel: XdsChannel,
  closers: Closers,
): Promise<Infrastructure | undefined> {
  const { infraReports } = shared.pipeline;
  const report = (scope: ScopeKey, told: InfraReport | undefined) => {
    if (portsCameFree(infraReports.get(scope), told)) channel.server.retryUnbound(scope);
    shared.gathering.write(() => put(infraReports, scope, told));
  };
  return surroundings.openInfrastructure({ ...shared, channel, report }, closers);
}

/** Keeps the fleets as the infra IR wants them. Returns a function that ends it. */
function runInfrastructure(infrastructure: Infrastructure, { graph, infra }: Pipeline, metrics: StageMetrics): () => void {
  return graph.subscribe(infra, ({ state }) => {
    const began = performance.now();
    infrastructure.reconcile(state.values());
    metrics.infraReconciled(performance.now() - began);
  });
}

/** Whether a fleet's ports, which were in the way, are so no more. */
function portsCameFree(before: InfraReport | undefined, now: InfraReport | undefined): boolean {
  return before?.problem !== undefined && now !== undefined && now.problem === undefined;
}

function put<T>(source: Source<T>, scope: ScopeKey, report: T | undefined): void {
  if (report === undefined) source.delete(scope);
  else source.set(scope, report);
}

function notReady(gathering: Gathering): string | undefined {
  const waiting = gathering.waitingFor();
  return waiting.length === 0 ? undefined : `${waiting.join(", ")} not read yet`;
}
