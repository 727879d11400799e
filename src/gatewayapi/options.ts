import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import type { Naming } from "../ir/naming.ts";
import type { ClusterField } from "./cluster-field.ts";
import type { ListenerField } from "./listener-field.ts";
import type { ProxyField } from "./proxy-field.ts";
import type { ExtensionField, RouteFilter, RuleField } from "./route-filter.ts";

/** What the translation depends on besides the objects. Fixed for the life of a graph. */
export interface TranslationOptions {
  readonly naming: Naming;
  readonly config: EnvoyGateway;
  /** The `controllerName` of the GatewayClasses that are ours; also stands in the statuses of routes. */
  readonly controllerName: string;
  /** Where the control plane's own objects are, and those of the proxies. */
  readonly controllerNamespace: string;
  /**
   * Proxies are processes on this machine: they bind the very ports of the listeners, and backends may be on loopback addresses
   * and single-label host names.
   */
  readonly hostInfrastructure: boolean;
  /** Does what Envoy Gateway v1.9 does where we would rather not, see docs/differences.md. Default: false. */
  readonly compatible?: boolean;
  /** Routes may lead to Unix domain sockets on the proxies' machine. Default: false. */
  readonly unixSockets?: boolean;
  /**
   * Proxies answer requests for a host of another HTTPS listener on the port with 421. Default: false, and HTTP/2 is not offered where
   * clients would send such requests.
   */
  readonly detectsMisdirected?: boolean;
  /** The filters that routes may use, one for each type. */
  readonly routeFilters: readonly RouteFilter[];
  /** The other fields of rules that switch something on, one for each field. Default: none, they are refused as not built. */
  readonly ruleFields?: readonly RuleField[];
  /** The fields of HTTPRouteFilter objects, one for each field. Default: none, they are refused as not built. */
  readonly extensionFields?: readonly ExtensionField[];
  /** The fields of an EnvoyProxy that set features up. Default: none. */
  readonly proxyFields?: readonly ProxyField[];
  /** The settings of connections to backends, one for each field. Default: none. */
  readonly clusterFields?: readonly ClusterField[];
  /** The fields of ClientTrafficPolicies, one for each field. Default: none. */
  readonly listenerFields?: readonly ListenerField[];
}
