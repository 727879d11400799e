/** The object that something was made from: shown in xDS metadata, in explanations, and used to send errors back to its status. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Listener name, rule name or port that narrows the reference, where there is one. */
  readonly sectionName?: string;
  /** Annotations with the prefix `gateway.envoyproxy.io/`, without that prefix. Absent when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A listener's or proxy's key: `<gateway namespace>/<gateway name>`, or the GatewayClass name for merged Gateways. */
export type ScopeKey = string;
