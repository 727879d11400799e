import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import type { Gathering, Key } from "../graph/index.ts";
import type { Infrastructure, ReportInfra } from "../infra/infrastructure.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Logs } from "../log/logger.ts";
import type { ObjectWriter, Provider } from "../provider/provider.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";
import type { XdsServer, XdsServerOptions } from "../xds/server/server.ts";
import type { Closers } from "./closers.ts";
import type { Pipeline } from "./pipeline.ts";

/**
 * What a control plane has around it: where its objects come from, where proxies reach it, what runs them, who keeps statuses. Each
 * part is opened at most once, in the order of the members; what it needs to have undone it adds to `closers`.
 */
export interface Surroundings {
  /** Where the control plane's own objects are. */
  readonly controllerNamespace?: string;
  /** The address that health and metrics are served on unless somebody says otherwise. */
  readonly host: string;
  /** Proxies go on when the control plane ends for good: the next one takes them over. */
  readonly proxiesStay: boolean;
  /** Serves xDS. Rejects, in words for the user, when certificates are unusable or the port cannot be had. */
  openChannel(options: ChannelOptions, closers: Closers): Promise<XdsChannel>;
  /** Prepares what runs the proxies; undefined: that is left to others. Rejects in words for the user. */
  openInfrastructure(options: InfrastructureOptions, closers: Closers): Promise<Infrastructure | undefined>;
  openProvider(options: ProviderOptions): Provider;
  /** Writes statuses to where objects come from; undefined: nobody keeps them there. Told to begin when this replica leads. */
  readonly writeStatuses?: (options: StatusOptions) => () => void;
  /** Lets replicas know what the proxies of the others refuse. Returns a function that ends it. */
  readonly shareFindings?: (parts: SharedParts) => () => Promise<void>;
  /**
   * Runs `begin` whenever it is up to this replica to change things outside, and what that returns when it is no more. Returns a
   * function that ends it.
   */
  whileLeading(begin: () => () => void): () => void;
  /** Where the admin interface of a fleet's Envoy is, as `host:port`, where this machine knows it. */
  envoyAdmin(scope: ScopeKey): string | undefined;
}

/** What all parts of the surroundings may use. */
export interface SharedParts {
  readonly config: EnvoyGateway;
  readonly logs: Logs;
  readonly metrics: MetricRegistry;
  readonly pipeline: Pipeline;
  readonly gathering: Gathering;
}

/** What the channel to the proxies is made from. */
export interface ChannelOptions extends SharedParts {
  /** Of the server, without what the surroundings decide. */
  readonly server: Omit<XdsServerOptions, "certificates" | "authorizer" | "tokens" | "log">;
  /** The port to listen on (0: any free one); undefined: the usual one. */
  readonly port: number | undefined;
}

/** The open channel. */
export interface XdsChannel {
  readonly server: XdsServer;
  readonly address: { readonly address: string; readonly port: number };
}

/** What infrastructure is made from. */
export interface InfrastructureOptions extends SharedParts {
  readonly channel: XdsChannel;
  readonly report: ReportInfra;
}

/** What a provider is made from. */
export interface ProviderOptions extends SharedParts {
  readonly writer: ObjectWriter;
}

/** What the writing of statuses is made from. */
export interface StatusOptions extends SharedParts {
  /** Told of every attempt to write one. */
  readonly onWritten: (key: Key, milliseconds: number, outcome: "success" | "failure") => void;
}
