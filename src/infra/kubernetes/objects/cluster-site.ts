import type { EnvoyGateway } from "../../../api/config/envoy-gateway.ts";

/** The cluster that proxies run in, as far as their objects depend on it. */
export interface ClusterSite {
  /** The namespace of the control plane. */
  readonly controllerNamespace: string;
  /** The domain of cluster-internal names, as in `cluster.local`. */
  readonly clusterDomain: string;
  /** Whether proxies run in the namespace of the control plane, or each in that of its Gateway. */
  readonly deploy: "ControllerNamespace" | "GatewayNamespace";
  /** Pods are told their zone by the topology injector. */
  readonly zoneAware: boolean;
  readonly images: { readonly envoy: string; readonly shutdownManager: string };
  /** Where the CA certificates of the system are in the image of Envoy. */
  readonly systemTrustFile: string;
  /** The CA certificate of the control plane, PEM: proxies outside of its namespace cannot mount the Secret that it is in. */
  readonly authority?: string;
  /** Bootstraps are as in Envoy Gateway where ours would rather differ. */
  readonly compatible: boolean;
}

/** The usual images. The image of the shutdown manager is the one of the control plane: it must know `envoy-gateway envoy shutdown`. */
export const usualImages = {
  envoy: "docker.io/envoyproxy/envoy:distroless-v1.40.0",
  shutdownManager: "docker.io/envoyproxy/gateway:v1.9.0",
} as const;

/** What a configuration says about the cluster, and what else is known of it. */
export interface SiteSurroundings extends Pick<ClusterSite, "controllerNamespace" | "systemTrustFile" | "compatible"> {
  /** Default: `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  readonly authority?: string | undefined;
  /** The image of the control plane itself, where it is known. */
  readonly ownImage?: string | undefined;
}

/** Reads `provider.kubernetes` of the configuration file. */
export function readClusterSite({ provider }: Pick<EnvoyGateway, "provider">, surroundings: SiteSurroundings): ClusterSite {
  const { deploy, proxyTopologyInjector, shutdownManager } = provider.kubernetes ?? {};
  const { clusterDomain = "cluster.local", authority, ownImage, ...rest } = surroundings;
  return {
    ...rest,
    clusterDomain,
    deploy: deploy?.type ?? "ControllerNamespace",
    zoneAware: proxyTopologyInjector?.disabled !== true,
    images: {
      envoy: usualImages.envoy,
      shutdownManager: shutdownManager?.image ?? ownImage ?? usualImages.shutdownManager,
    },
    ...(authority === undefined ? {} : { authority }),
  };
}

/** The name of the Service of the control plane. */
export const controllerService = "envoy-gateway";

/** The host that proxies reach the control plane by, which is also the audience of their tokens. */
export function controllerHost({ controllerNamespace, clusterDomain }: ClusterSite): string {
  return `${controllerService}.${controllerNamespace}.svc.${clusterDomain}`;
}
