import type { Parts } from "../ir/slot.ts";
import type { ListenerTls } from "../ir/xds.ts";

/** What a policy makes of a listener. Key: the listener's. */
export interface ListenerSettings {
  readonly parts: Parts;
  /** How TLS ends there, where it does. */
  readonly tls?: ListenerTls;
  /** What it makes of the clusters that routes of the listener lead to. */
  readonly upstream: Parts;
  /** What was asked for cannot be done. */
  readonly closed: boolean;
}
