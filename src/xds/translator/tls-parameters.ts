import type { TlsParametersJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/common_pb";
import type { Handshake, TlsVersion } from "../../ir/upstream-tls.ts";

const versions = {
  Auto: "TLS_AUTO",
  "1.0": "TLSv1_0",
  "1.1": "TLSv1_1",
  "1.2": "TLSv1_2",
  "1.3": "TLSv1_3",
} as const satisfies Record<TlsVersion, unknown>;

/** What may be negotiated in a handshake, in either direction. TLS 1.2 to 1.3 where it does not say. */
export function tlsParameters(handshake: Handshake): TlsParametersJson {
  const { minVersion = "1.2", maxVersion = "1.3", ciphers, curves, signatureAlgorithms } = handshake;
  return {
    tlsMinimumProtocolVersion: versions[minVersion],
    tlsMaximumProtocolVersion: versions[maxVersion],
    ...(ciphers !== undefined && { cipherSuites: [...ciphers] }),
    ...(curves !== undefined && { ecdhCurves: [...curves] }),
    ...(signatureAlgorithms !== undefined && { signatureAlgorithms: [...signatureAlgorithms] }),
  };
}
