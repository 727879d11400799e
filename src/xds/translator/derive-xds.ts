import type { Feature } from "../../features/feature.ts";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Graph } from "../../graph/index.ts";
import { type GenericSecret, secretNeedsSlot } from "../../ir/generic-secret.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { Naming } from "../../ir/naming.ts";
import type { Parts } from "../../ir/slot.ts";
import type { TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type {
  BackendEndpoints,
  Destination,
  HttpListener,
  HttpRoute,
  StreamListener,
  StreamRoute,
  TlsSecret,
} from "../../ir/xds.ts";
import type { ResourceReference, XdsResource } from "../resource.ts";
import { type Checked, checked, encodeChecked, problemsOf, sameChecked, sameResource } from "./checked.ts";
import { envoyCluster, warmUpMs } from "./cluster.ts";
import { deriveListeners } from "./derive-listeners.ts";
import { readinessListener } from "./listener.ts";
import { loadAssignment } from "./load-assignment.ts";
import { deriveMisdirected } from "./misdirected.ts";
import type { Refusal } from "./refused-pieces.ts";
import { deriveRouteTables } from "./route-tables.ts";
import { deriveSecretServers } from "./secret-server.ts";
import { neededFor } from "./secret-source.ts";
import { deriveTableListeners } from "./table-listeners.ts";
import { envoySecret, trustSecret } from "./tls.ts";
import { secretsOf } from "./upstream-tls.ts";

/** The IR that resources are made from. */
export interface XdsInput {
  readonly proxies: Collection<ProxyInfra>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
  readonly listeners: Collection<HttpListener>;
  readonly streams: Collection<StreamListener>;
  readonly streamRoutes: Collection<StreamRoute>;
  readonly secrets: Collection<TlsSecret | GenericSecret>;
  readonly authorities: Collection<TrustedAuthorities>;
  readonly routes: Collection<HttpRoute>;
  readonly destinations: Collection<Destination>;
  readonly endpoints: Collection<BackendEndpoints>;
  /** What proxies said of pieces of route configurations and listeners that they refused. Key: see `refusalKey`. */
  readonly refusals: Collection<Refusal>;
}

/** What the translation depends on besides the IR. Fixed for the life of a graph. */
export interface XdsOptions {
  readonly naming: Naming;
  readonly features: readonly Feature[];
  /** Whether proxies answer probes on port 19003. */
  readonly readiness: boolean;
  /** Where the CA certificates of the system are on the proxies' machines. */
  readonly systemTrustFile: string;
  /** Requests for a host of another HTTPS listener on the port are answered with 421. Default: they find no route (404). */
  readonly detectsMisdirected?: boolean;
}

/** The xDS side of the graph. */
export interface XdsCollections {
  /** All that may be sent. Key: `scope|type|name`. */
  readonly resources: Collection<XdsResource>;
  /** What Envoy would refuse and is not sent, or sent as an answer of 500, by the objects that it came from. */
  readonly problems: Collection<ObjectProblem>;
}

/** Derives the xDS resources of all scopes from the IR. */
export function deriveXds(graph: Graph, input: XdsInput, options: XdsOptions): XdsCollections {
  const narrowed = deriveNarrowParts(graph, input.fleetParts, options);
  const tableInput = {
    ...input,
    tables: deriveTableListeners(graph, input.listeners),
    ...(options.detectsMisdirected === true && { misdirected: deriveMisdirected(graph, input.listeners) }),
    fleetParts: narrowed,
  };
  const tables = deriveRouteTables(graph, tableInput, options);
  const listeners = deriveListeners(graph, { ...input, usedFilters: tables.filters }, options);
  const outcomes = graph.union("xds outcomes", [
    deriveReadiness(graph, input.proxies, options),
    deriveSecrets(graph, input.secrets),
    deriveTrust(graph, input.authorities, options),
    deriveSecretServers(graph, input),
    listeners.listeners,
    listeners.emptyClusters,
    tables.resources,
    deriveClusters(graph, input, narrowed, options),
    deriveLoadAssignments(graph, input),
  ]);
  return {
    resources: graph.derive("resources", outcomes, (_context, { resource }) => resource, { equals: sameResource }),
    problems: graph.union("xds problems", [
      ...tables.problems,
      listeners.problems,
      problemsOf(graph, "resource problems", outcomes),
    ]),
  };
}

/** The parts of fleets that clusters and virtual hosts heed: a change of what only listeners heed concerns none of those. */
function deriveNarrowParts(graph: Graph, fleetParts: Collection<Parts>, { features }: XdsOptions): Collection<Parts> {
  const heeding = features.filter(({ cluster, virtualHost }) => cluster !== undefined || virtualHost !== undefined);
  return graph.derive("narrow fleet parts", fleetParts, (_context, parts) => {
    const used = heeding.filter(({ name }) => parts[name] !== undefined);
    return used.length === 0 ? undefined : Object.fromEntries(used.map(({ name }) => [name, parts[name]]));
  });
}

const equality = { equals: sameChecked };

function deriveReadiness(graph: Graph, proxies: Collection<ProxyInfra>, { readiness }: XdsOptions): Collection<Checked> {
  return graph.deriveMany(
    "readiness listeners",
    proxies,
    (_context, { scope, owner, ipFamily, unprobed }) => {
      if (!readiness || unprobed) return [];
      const message = readinessListener(ipFamily);
      const frame = { scope, type: "Listener", name: message.name, sources: [owner] } as const;
      return [checked(frame, encodeChecked("envoy.config.listener.v3.Listener", message))];
    },
    equality,
  );
}

function deriveSecrets(graph: Graph, secrets: XdsInput["secrets"]): Collection<Checked> {
  return graph.deriveMany(
    "envoy secrets",
    secrets,
    (_context, secret) => {
      const { scope, name } = secret;
      const sources = "users" in secret ? secret.users : [secret.source];
      const encoding = encodeChecked("envoy.extensions.transport_sockets.tls.v3.Secret", envoySecret(secret));
      return [checked({ scope, type: "Secret", name, sources }, encoding)];
    },
    equality,
  );
}

function deriveTrust(
  graph: Graph,
  authorities: Collection<TrustedAuthorities>,
  { systemTrustFile }: XdsOptions,
): Collection<Checked> {
  return graph.deriveMany(
    "envoy authorities",
    authorities,
    (_context, each) => {
      const { scope, name, source } = each;
      const encoding = encodeChecked("envoy.extensions.transport_sockets.tls.v3.Secret", trustSecret(each, systemTrustFile));
      return [checked({ scope, type: "Secret", name, sources: source === undefined ? [] : [source] }, encoding)];
    },
    equality,
  );
}

function deriveClusters(
  graph: Graph,
  { destinations, endpoints }: XdsInput,
  clusterParts: Collection<Parts>,
  { features }: XdsOptions,
): Collection<Checked> {
  return graph.deriveMany(
    "envoy clusters",
    destinations,
    (context, destination) => {
      const { scope, name, source, dns } = destination;
      const fleet = context.get(clusterParts, scope) ?? {};
      // Only where Envoy resolves names do endpoints stand in the cluster: elsewhere it must not change with them.
      const inline = dns ? loadAssignment(destination, (key) => context.get(endpoints, key)?.endpoints ?? []) : undefined;
      const encoding = encodeChecked("envoy.config.cluster.v3.Cluster", envoyCluster(destination, inline, features, fleet));
      const references = clusterReferences(destination);
      return [
        checked(
          { scope, type: "Cluster", name, sources: [source], references, warmUpMs: warmUpMs(destination, features) },
          encoding,
        ),
      ];
    },
    equality,
  );
}

/** The endpoints of a cluster where they come by themselves, and what its secrets need. */
function clusterReferences(destination: Destination): readonly ResourceReference[] {
  const { name, dns, dynamic = false, parts } = destination;
  const secrets = [...secretsOf(destination), ...(secretNeedsSlot.of(parts) ?? []).map((need) => need.name)];
  return [
    ...(dns || dynamic ? [] : [{ type: "ClusterLoadAssignment", name } as const]),
    ...Array.from(new Set(secrets), neededFor),
  ];
}

function deriveLoadAssignments(graph: Graph, { destinations, endpoints }: XdsInput): Collection<Checked> {
  return graph.deriveMany(
    "load assignments",
    destinations,
    (context, destination) => {
      if (destination.dns || destination.dynamic === true) return [];
      const { scope, name, source, settings } = destination;
      const message = loadAssignment(destination, (key) => context.get(endpoints, key)?.endpoints ?? []);
      const encoding = encodeChecked("envoy.config.endpoint.v3.ClusterLoadAssignment", message);
      const sources = [source].concat(settings.map((setting) => setting.source));
      return [checked({ scope, type: "ClusterLoadAssignment", name, sources }, encoding)];
    },
    equality,
  );
}
