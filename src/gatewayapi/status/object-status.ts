/**
 * The statuses that objects shall have, without the times and generations that whoever writes them adds. The bodies have the
 * shape of the API's own (gateway-api v1.6; Envoy Gateway v1.9).
 */
import type { GatewayStatusAddress } from "../../api/gateway/gateway-address.ts";
import type { RouteGroupKind } from "../../api/gateway/listener.ts";
import type { ParentReference } from "../../api/gateway/references.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { PureCondition } from "../conditions.ts";

/** The status that an object shall have. Key: `Kind/namespace/name`, as `statusKey` makes it. */
export interface ObjectStatus {
  readonly object: ObjectRef;
  readonly status:
    | GatewayStatusBody
    | ListenerSetStatusBody
    | RouteStatusBody
    | AncestorStatusBody
    | ClassStatusBody
    | ConditionsBody;
}

/** Of a Backend. */
export interface ConditionsBody {
  readonly conditions: readonly PureCondition[];
}

/** Of a GatewayClass. */
export interface ClassStatusBody extends ConditionsBody {
  readonly supportedFeatures: readonly { readonly name: string }[];
}

/** Of a Gateway. */
export interface GatewayStatusBody extends ConditionsBody {
  readonly addresses: readonly GatewayStatusAddress[];
  readonly listeners: readonly ListenerStatusBody[];
  /** How many ListenerSets are attached; absent for none. */
  readonly attachedListenerSets?: number;
}

/** Of a ListenerSet. */
export interface ListenerSetStatusBody extends ConditionsBody {
  /** Absent where the Gateway does not take the ListenerSet. */
  readonly listeners?: readonly ListenerStatusBody[];
}

/** Of a listener. */
export interface ListenerStatusBody extends ConditionsBody {
  readonly name: string;
  readonly supportedKinds: readonly RouteGroupKind[];
  readonly attachedRoutes: number;
}

/** Of a route. */
export interface RouteStatusBody {
  readonly parents: readonly (ConditionsBody & { readonly parentRef: ParentReference; readonly controllerName: string })[];
}

/** Of a policy, or of an EnvoyProxy: what uses it. The CRD of EnvoyProxies has no controller names here. */
export interface AncestorStatusBody {
  readonly ancestors: readonly (ConditionsBody & {
    readonly ancestorRef: AncestorReference;
    readonly controllerName?: string;
  })[];
}

/** What uses an object. */
export interface AncestorReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}
