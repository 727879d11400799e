import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { type HostDirectories, hostDirectories } from "../certificates/directories.ts";
import { createGathering, type Gathering, type Source } from "../graph/index.ts";
import { scopeDirectoryName } from "../infra/host/directories.ts";
import { adminAddressOf } from "../infra/host/running-envoys.ts";
import type { Infrastructure } from "../infra/infrastructure.ts";
import type { InfraReport } from "../ir/infra.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Logger, Logs } from "../log/logger.ts";
import { createFileProvider, type FileMemory, type FileSource } from "../provider/file/file-provider.ts";
import { type Provider, writerTo } from "../provider/provider.ts";
import type { StatusMemory } from "../provider/status-store.ts";
import { createMetricRegistry } from "../telemetry/metric-registry.ts";
import { measureProcess } from "../telemetry/process-metrics.ts";
import { createXdsStore } from "../xds/server/store.ts";
import { createAdminView } from "./admin-view.ts";
import { followCertificateTimes, judgeOnArrival } from "./certificate-clock.ts";
import { type Closers, createClosers } from "./closers.ts";
import { type ConfigState, createConfigState } from "./config-state.ts";
import { keepStatuses } from "./dated-statuses.ts";
import { openHostProxies } from "./host-proxies.ts";
import { type InterfaceAddresses, type InterfacePorts, openInterfaces } from "./interfaces.ts";
import { rememberFaults } from "./known-faults.ts";
import { openMetricSinks, servesPrometheus } from "./metric-outlets.ts";
import { openPipeline, type Pipeline, runsOnHost } from "./pipeline.ts";
import { countStages, type StageMetrics } from "./stage-metrics.ts";
import { measureState } from "./state-metrics.ts";
import { logStatuses } from "./status-log.ts";
import { openXdsChannel, type XdsChannel } from "./xds-channel.ts";
import { feedXdsStore } from "./xds-feed.ts";
import { xdsLimits } from "./xds-limits.ts";

/** What a control plane is made from. */
export interface ControlPlaneOptions {
  /** The configuration file, with defaults. */
  readonly config: EnvoyGateway;
  readonly logs: Logs;
  /** The Envoy to run. Default: the one on PATH, else the one that set-up installed. */
  readonly envoyPath?: string | undefined;
  /** Other ports than the usual ones. 0: any free one. */
  readonly ports?: {
    readonly xds?: number | undefined;
    readonly health?: number | undefined;
    readonly admin?: number | undefined;
    readonly metrics?: number | undefined;
  };
  /** The address that metrics are served on. Default: 127.0.0.1. */
  readonly metricsHost?: string | undefined;
  /** What is known of the configuration file that `config` is from. Default: nothing. */
  readonly configState?: ConfigState;
  /** What an earlier control plane knew. */
  readonly memory?: ControlPlaneMemory | undefined;
}

/** What a control plane knows that the objects do not say: last good versions, generations, times of statuses. */
export interface ControlPlaneMemory {
  readonly files: FileMemory;
  readonly statuses: StatusMemory;
}

/** A running control plane. */
export interface ControlPlane {
  readonly ports: InterfacePorts & { readonly xds: number };
  readonly pipeline: Pipeline;
  readonly provider: Provider;
  /** What it knows at present, for one that is started after it. */
  memory(): ControlPlaneMemory;
  /** Drains and stops the proxies, then everything else. Aborting `hurry` ends the draining. */
  stop(hurry?: AbortSignal): Promise<void>;
  /** Stops everything but the proxies, which go on with what they have; a control plane started later takes them over. */
  detach(): Promise<void>;
}

/** Envoy Gateway's usual ports. */
const usualPorts = { health: 8081, metrics: 19001 };

/**
 * Starts a control plane in standalone mode: certificates, xDS, its own interfaces, the objects, and then the proxies. Resolves when
 * the first complete configuration is worked out; rejects, in words for the user and with nothing left behind, when something that
 * it needs cannot be had.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const closers = createClosers();
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(options: ControlPlaneOptions, closers: Closers): Promise<ControlPlane> {
  const { config, logs, envoyPath, ports = {}, configState = createConfigState(), memory } = options;
  tellOfConfig(config, logs.for("default"));
  const registry = createMetricRegistry();
  closers.add(measureProcess(registry));
  const metrics = countStages(registry);
  const pipeline = openPipeline({ config });
  closers.add(() => pipeline.graph.close());
  const gathering = createGathering(pipeline.graph, {
    report: (error) => logs.for("gateway-api").error("internal error", { error }),
    settled: metrics.settled,
  });
  closers.add(() => gathering.close());

  const directories = directoriesOf(config);
  const store = createXdsStore();
  const filled = Promise.withResolvers<void>();
  const channelOptions = {
    store,
    storeFilled: filled.promise,
    configHome: directories.config,
    port: ports.xds,
    limits: xdsLimits(config),
    log: logs.for("xds-server"),
    observer: metrics.sessions,
    onFaults: rememberFaults(pipeline.refusals, (fn) => gathering.write(fn)),
  };
  const channel = await openXdsChannel(channelOptions, closers);
  const infrastructure = await openInfrastructure(config, { channel, directories, envoyPath, pipeline, gathering, logs });
  const provider = openProvider(options, pipeline, gathering, logs.for("provider"));
  closers.add(() => provider.stop());
  const waitingFor = () => notReady(gathering);
  const statuses = keepStatuses(pipeline, logs.for("provider"), closers, metrics.statusesWritten, memory?.statuses);
  const xds = channel.server;
  closers.add(measureState(registry, { pipeline, gathering, provider, xds, store, configState }));
  const parts = { config, configState, pipeline, statuses, provider, xds, store, metrics: registry };
  const envoyAdmin = (scope: ScopeKey) => adminAddressOf(directories, scopeDirectoryName(scope));
  const view = createAdminView({ ...parts, envoyAdmin, startTime: new Date(), waitingFor });
  const opened = await openInterfaces(addressesOf(options), view, waitingFor, closers);
  await openMetricSinks(config, registry, logs.for("default"), closers);

  closers.add(xds.onReport((scope, report) => gathering.write(() => put(pipeline.syncReports, scope, report))));
  provider.start();
  await gathering.synced;
  const write = (fn: () => void) => gathering.write(fn);
  const { instants, storedCertificates } = pipeline.configuration;
  closers.add(followCertificateTimes({ graph: pipeline.graph, certificates: storedCertificates, instants, write }));
  const feed = { store, log: logs.for("xds-translator"), onVersion: metrics.versionStored };
  closers.add(feedXdsStore(pipeline.graph, pipeline.resources, feed));
  filled.resolve();
  // Each of these goes through everything, as the streams do now: the event loop takes a turn between.
  await setTimeout(1);
  closers.add(logStatuses(pipeline.graph, pipeline, logs.for("gateway-api")));
  await setTimeout(1);
  if (infrastructure !== undefined) closers.add(runInfrastructure(infrastructure, pipeline, metrics));
  return {
    ports: { ...opened, xds: channel.address.port },
    pipeline,
    provider,
    memory: () => ({ files: provider.memory(), statuses: statuses.memory() }),
    async stop(hurry) {
      await infrastructure?.stop(hurry);
      await closers.close();
    },
    async detach() {
      await infrastructure?.detach();
      await closers.close();
    },
  };
}

function tellOfConfig(config: EnvoyGateway, log: Logger): void {
  const { address, enableDumpConfig } = config.admin;
  if (enableDumpConfig) log.info("the configuration in force", { config });
  if (!["127.0.0.1", "::1", "localhost"].includes(address.host))
    log.warn("the admin API has no authentication and is open to other machines: see admin.address.host", { host: address.host });
}

/** Where the control plane's own interfaces listen: what the command line says, else the configuration, else the usual ports. */
function addressesOf({ config, ports = {}, metricsHost }: ControlPlaneOptions): InterfaceAddresses {
  const host = "127.0.0.1";
  return {
    admin: { ...config.admin.address, ...(ports.admin === undefined ? {} : { port: ports.admin }) },
    health: { host, port: ports.health ?? usualPorts.health },
    metrics: servesPrometheus(config) ? { host: metricsHost ?? host, port: ports.metrics ?? usualPorts.metrics } : undefined,
  };
}

function openProvider(
  { config, memory }: ControlPlaneOptions,
  pipeline: Pipeline,
  gathering: Gathering,
  log: Logger,
): FileSource {
  return createFileProvider({
    paths: config.provider.custom?.resource.file?.paths ?? [],
    writer: judgeOnArrival(writerTo(pipeline.objects), pipeline.configuration.instants),
    gathering,
    log,
    memory: memory?.files,
  });
}

/** Keeps the fleets as the infra IR wants them. Returns a function that ends it. */
function runInfrastructure(infrastructure: Infrastructure, { graph, infra }: Pipeline, metrics: StageMetrics): () => void {
  return graph.subscribe(infra, ({ state }) => {
    const began = performance.now();
    infrastructure.reconcile(state.values());
    metrics.infraReconciled(performance.now() - began);
  });
}

interface InfrastructureSurroundings {
  readonly channel: XdsChannel;
  readonly directories: HostDirectories;
  readonly envoyPath: string | undefined;
  readonly pipeline: Pipeline;
  readonly gathering: Gathering;
  readonly logs: Logs;
}

/** Opens what runs the proxies; undefined when the configuration leaves that to others. */
async function openInfrastructure(
  config: EnvoyGateway,
  surroundings: InfrastructureSurroundings,
): Promise<Infrastructure | undefined> {
  if (!runsOnHost(config)) return undefined;
  const { channel, directories, envoyPath, pipeline, gathering, logs } = surroundings;
  return openHostProxies({
    directories,
    certificates: channel.proxyCertificates,
    xds: channel.address,
    envoyPath,
    report(scope, report) {
      if (portsCameFree(pipeline.infraReports.get(scope), report)) channel.server.retryRefused(scope, "Listener");
      gathering.write(() => put(pipeline.infraReports, scope, report));
    },
    log: logs.for("infrastructure"),
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

/** The folders of the configuration, else those of the user (XDG); relative ones start at the working directory. */
function directoriesOf({ provider }: EnvoyGateway): HostDirectories {
  const usual = hostDirectories();
  const { configHome, dataHome, stateHome, runtimeDir } = provider.custom?.infrastructure?.host ?? {};
  return {
    config: resolve(configHome ?? usual.config),
    data: resolve(dataHome ?? usual.data),
    state: resolve(stateHome ?? usual.state),
    runtime: resolve(runtimeDir ?? usual.runtime),
  };
}

function notReady(gathering: Gathering): string | undefined {
  const waiting = gathering.waitingFor();
  return waiting.length === 0 ? undefined : `${waiting.join(", ")} not read yet`;
}
