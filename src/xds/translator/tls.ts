/** TLS between clients and the proxies, and the secrets of all TLS. Source: envoy/extensions/transport_sockets/tls/v3/{tls,secret}.proto. */
import type { DataSourceJson, TransportSocketJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { CertificateValidationContextJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/common_pb";
import type { SecretJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import type { CommonTlsContextJson, DownstreamTlsContextJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/tls_pb";
import { stringMatcher } from "../../features/string-matcher.ts";
import { typed } from "../../features/typed-config.ts";
import type { GenericSecret } from "../../ir/generic-secret.ts";
import type { SecretSource } from "../../ir/outside-secret.ts";
import { systemTrust, type TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type { ClientTrust, ListenerTls, TlsSecret } from "../../ir/xds.ts";
import { secretFrom } from "./secret-source.ts";
import { tlsParameters } from "./tls-parameters.ts";

/**
 * How a filter chain ends TLS. Certificates come by name (SDS), so that a new one reaches the next handshake without touching the
 * listener. Sessions are resumed only where that was asked for: it goes on without asking whether the client is still welcome.
 */
export function downstreamTls(tls: ListenerTls): TransportSocketJson {
  return {
    name: "envoy.transport_sockets.tls",
    typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", tlsContext(tls)),
  };
}

/** How a filter chain ends QUIC, which has TLS in it. */
export function downstreamQuic(tls: ListenerTls): TransportSocketJson {
  const downstreamTlsContext = tlsContext({ ...tls, alpn: ["h3"] });
  return {
    name: "envoy.transport_sockets.quic",
    typedConfig: typed("envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport", { downstreamTlsContext }),
  };
}

function tlsContext({ certificates, clients, alpn, handshake, resumption }: ListenerTls): DownstreamTlsContextJson {
  return {
    commonTlsContext: {
      alpnProtocols: [...alpn],
      tlsCertificateSdsSecretConfigs: certificates.map(secretFrom),
      ...(handshake !== undefined && { tlsParams: tlsParameters(handshake) }),
      ...(clients !== undefined && clientValidation(clients)),
    },
    ...(resumption?.stateful !== true && { disableStatefulSessionResumption: true }),
    ...(resumption?.stateless !== true && { disableStatelessSessionResumption: true }),
    ...(clients !== undefined && { requireClientCertificate: clients.required }),
  };
}

/** All secrets that a filter chain needs to end TLS. */
export function secretsOfListener({ certificates, clients }: ListenerTls): readonly SecretSource[] {
  return clients?.trust === undefined ? certificates : [...certificates, clients.trust.secret];
}

/** CA certificates come by name, too: until they are there, Envoy ends the connections. */
function clientValidation(clients: ClientTrust): CommonTlsContextJson {
  const own = ownValidation(clients);
  if (clients.trust === undefined) return { validationContext: own };
  const validationContextSdsSecretConfig = secretFrom(clients.trust.secret);
  if (Object.keys(own).length === 0) return { validationContextSdsSecretConfig };
  return { combinedValidationContext: { defaultValidationContext: own, validationContextSdsSecretConfig } };
}

/** What is checked of certificates of clients besides who issued them. */
function ownValidation({
  verified,
  expiredAllowed,
  hashes,
  keyHashes,
  names = [],
}: ClientTrust): CertificateValidationContextJson {
  return {
    ...(!verified && { trustChainVerification: "ACCEPT_UNTRUSTED" as const }),
    ...(expiredAllowed && { allowExpiredCertificate: true }),
    ...(hashes !== undefined && { verifyCertificateHash: [...hashes] }),
    ...(keyHashes !== undefined && { verifyCertificateSpki: [...keyHashes] }),
    ...(names.length > 0 && {
      matchTypedSubjectAltNames: names.map(({ type, match, oid }) => ({
        sanType: type,
        matcher: stringMatcher(match),
        ...(oid !== undefined && { oid }),
      })),
    }),
  };
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
export function trustSecret({ name, certificates, revoked }: TrustedAuthorities, systemFile: string): SecretJson {
  const trustedCa = trustedSource(certificates, systemFile);
  if (revoked === undefined) return { name, validationContext: { trustedCa } };
  const crl = { inlineBytes: normalised(revoked.lists) };
  return { name, validationContext: { trustedCa, crl, ...(revoked.leafOnly && { onlyVerifyLeafCertCrl: true }) } };
}

/** Where Envoy reads CA certificates. `systemFile` is as for `trustSecret`. */
export function trustedSource(certificates: TrustedAuthorities["certificates"], systemFile: string): DataSourceJson {
  return certificates === systemTrust ? { filename: systemFile } : { inlineBytes: normalised(certificates) };
}

/** Base64 of a Secret may have line breaks. */
function normalised(base64: string): string {
  return Buffer.from(base64, "base64").toString("base64");
}
