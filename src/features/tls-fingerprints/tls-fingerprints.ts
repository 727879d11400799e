/** Fingerprints of TLS handshakes of clients (JA3, JA4). Source: Envoy Gateway v1.9, tls_types.go (TLSFingerprintType). */
import type { ClientTls } from "../../api/envoy/client-tls.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

type Fingerprint = NonNullable<ClientTls["fingerprints"]>[number];

const part = slot<readonly Fingerprint[]>("tls-fingerprints");

const inspector = "envoy.filters.listener.tls_inspector";

/** Access logs and headers can tell of the handshake of a client (TLS_JA3_FINGERPRINT, TLS_JA4_FINGERPRINT). */
export const tlsFingerprints: Feature = {
  name: part.name,
  listenerField: {
    translate({ tls = {} }, parts, { secure }) {
      const { fingerprints = [] } = tls;
      return { parts: secure && fingerprints.length > 0 ? part.set(parts, fingerprints) : parts };
    },
  },
  listener(draft, _fleet, own) {
    const taken = part.of(own);
    if (taken === undefined) return draft;
    const filter = {
      name: inspector,
      typedConfig: typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", {
        ...(taken.includes("JA3") && { enableJa3Fingerprinting: true }),
        ...(taken.includes("JA4") && { enableJa4Fingerprinting: true }),
      }),
    };
    return { ...draft, listenerFilters: [...(draft.listenerFilters ?? []).filter(({ name }) => name !== inspector), filter] };
  },
};
