/** TLS between clients and the proxies, and the secrets of all TLS. Source: envoy/extensions/transport_sockets/tls/v3/{tls,secret}.proto. */
import type { DataSourceJson, TransportSocketJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { SecretJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import type { CommonTlsContextJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/tls_pb";
import { secretByName } from "../../features/secret-by-name.ts";
import { typed } from "../../features/typed-config.ts";
import type { GenericSecret } from "../../ir/generic-secret.ts";
import { systemTrust, type TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type { ClientTrust, ListenerTls, TlsSecret } from "../../ir/xds.ts";

/**
 * How a filter chain ends TLS. Certificates come by name (SDS), so that a new one reaches the next handshake without touching the
 * listener. Sessions are not resumed: that would go on without asking whether the client is still welcome.
 */
export function downstreamTls({ certificates, clients, alpn }: ListenerTls): TransportSocketJson {
  return {
    name: "envoy.transport_sockets.tls",
    typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
      commonTlsContext: {
        alpnProtocols: [...alpn],
        tlsCertificateSdsSecretConfigs: certificates.map(secretByName),
        ...(clients !== undefined && clientValidation(clients)),
      },
      disableStatefulSessionResumption: true,
      disableStatelessSessionResumption: true,
      ...(clients !== undefined && { requireClientCertificate: clients.required }),
    }),
  };
}

/** CA certificates come by name, too: until they are there, Envoy ends the connections. */
function clientValidation({ trust: { secret }, required }: ClientTrust): CommonTlsContextJson {
  const validationContextSdsSecretConfig = secretByName(secret);
  if (required) return { validationContextSdsSecretConfig };
  const defaultValidationContext = { trustChainVerification: "ACCEPT_UNTRUSTED" } as const;
  return { combinedValidationContext: { defaultValidationContext, validationContextSdsSecretConfig } };
}

/** The secret that proxies ask for by its name. The only message that what is secret is ever in. */
export function envoySecret(secret: TlsSecret | GenericSecret): SecretJson {
  if ("value" in secret) return { name: secret.name, genericSecret: { secret: { inlineBytes: normalised(secret.value) } } };
  const { name, certificateChain, privateKey, ocspStaple } = secret;
  return {
    name,
    tlsCertificate: {
      certificateChain: { inlineBytes: normalised(certificateChain) },
      privateKey: { inlineBytes: normalised(privateKey) },
      ...(ocspStaple !== undefined && { ocspStaple: { inlineBytes: normalised(ocspStaple) } }),
    },
  };
}

/**
 * CA certificates under the name that clusters ask for them by.
 * @param systemFile where the CA certificates of the system are on the proxy's machine
 */
export function trustSecret({ name, certificates }: TrustedAuthorities, systemFile: string): SecretJson {
  return { name, validationContext: { trustedCa: trustedSource(certificates, systemFile) } };
}

/** Where Envoy reads CA certificates. `systemFile` is as for `trustSecret`. */
export function trustedSource(certificates: TrustedAuthorities["certificates"], systemFile: string): DataSourceJson {
  return certificates === systemTrust ? { filename: systemFile } : { inlineBytes: normalised(certificates) };
}

/** Base64 of a Secret may have line breaks. */
function normalised(base64: string): string {
  return Buffer.from(base64, "base64").toString("base64");
}
