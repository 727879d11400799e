/** What routes need to know of Services. Endpoints are apart: see endpoints.ts. */
import type { Service, ServicePort } from "../api/core/service.ts";
import type { Collection, Graph } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { DestinationSetting, ZoneAware } from "../ir/xds.ts";
import type { ServiceKind } from "./backend-key.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";

/** A Service without its endpoints. Key: `namespace/name`. */
export interface ServiceFacts {
  readonly source: ObjectRef;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports: readonly FacedPort[];
  /** The addresses of the Service itself; none for headless ones and where the cluster has not given one. */
  readonly clusterIPs: readonly string[];
  /** Has endpoints only, no address of its own. */
  readonly headless: boolean;
  /** Stands for a host name outside of the cluster. */
  readonly external: boolean;
  readonly zoneAware?: ZoneAware;
}

/** The facts about everything that has ports and EndpointSlices. */
export type ServicesByKind = Readonly<Record<ServiceKind, Collection<ServiceFacts>>>;

/** A port, as far as routes need to know it. */
export interface FacedPort extends Pick<ServicePort, "name" | "port" | "appProtocol"> {
  readonly protocol: string;
}

/** The name by which policies mean one port; undefined where it has none. */
export function sectionOf({ name = "" }: FacedPort): string | undefined {
  return name === "" ? undefined : name;
}

/** Derives the facts about every Service. */
export function deriveServices(graph: Graph, objects: Objects): Collection<ServiceFacts> {
  return graph.derive("services", objects.Service, (_context, service) => {
    const { clusterIP, clusterIPs, ports = [], type } = service.spec;
    const address = clusterIP ?? clusterIPs?.[0];
    const headless = address === "None";
    const zoneAware = readZoneAware(service);
    return {
      source: refOf(service),
      ...(service.metadata.labels && { labels: service.metadata.labels }),
      ports,
      clusterIPs: address === undefined || address === "" || headless ? [] : [address],
      headless,
      external: type === "ExternalName",
      ...(zoneAware === undefined ? {} : { zoneAware }),
    };
  });
}

/** Derives the same facts about every ServiceImport; all its addresses are for the proxies to use. */
export function deriveServiceImports(graph: Graph, objects: Objects): Collection<ServiceFacts> {
  return graph.derive("service imports", objects.ServiceImport, (_context, imported) => {
    const { ips = [], ports, type } = imported.spec;
    return {
      source: refOf(imported),
      ...(imported.metadata.labels && { labels: imported.metadata.labels }),
      ports: ports.map(({ protocol = "TCP", ...port }) => ({ ...port, protocol })),
      clusterIPs: ips,
      headless: type === "Headless",
      external: false,
    };
  });
}

/**
 * A traffic distribution keeps requests in the zone from the first endpoint on; topology-aware routing wants three, as
 * Kubernetes does. Source: https://kubernetes.io/docs/concepts/services-networking/topology-aware-routing/
 */
function readZoneAware({ metadata, spec }: Service): ZoneAware | undefined {
  if (spec.trafficDistribution !== undefined) return { minEndpoints: 1, forceMinEndpoints: 1 };
  const mode = metadata.annotations?.["service.kubernetes.io/topology-mode"];
  return mode === "Auto" ? { minEndpoints: 3, forceMinEndpoints: 3 } : undefined;
}

/** How a backend is spoken to. */
export interface UpstreamProtocol {
  readonly protocol: DestinationSetting["protocol"];
  /** HTTP/1.1 and nothing else. */
  readonly http1Only: boolean;
}

/** The protocol of a Service's port. Source: Kubernetes, standard application protocols (KEP-3726). */
export function protocolOf(appProtocol: string | undefined): UpstreamProtocol {
  switch (appProtocol) {
    case "kubernetes.io/h2c":
      return { protocol: "HTTP2", http1Only: false };
    case "grpc":
      return { protocol: "GRPC", http1Only: false };
    case "kubernetes.io/ws":
    case "kubernetes.io/wss":
      return { protocol: "HTTP", http1Only: true };
    default:
      return { protocol: "HTTP", http1Only: false };
  }
}
