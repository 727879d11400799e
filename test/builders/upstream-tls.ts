import { type UpstreamTls, upstreamTlsSlot } from "../../src/ir/upstream-tls.ts";
import type { Destination } from "../../src/ir/xds.ts";

/** The TLS settings of the backends of a destination that have such. */
export function settingsOf(destination: Destination | undefined): readonly UpstreamTls[] {
  return (destination?.settings ?? []).flatMap(({ parts }) => upstreamTlsSlot.of(parts) ?? []);
}
