/** What users say about TLS to backends. Source: Envoy Gateway v1.9, Backend `spec.tls` and EnvoyProxy `spec.backendTLS`. */
import { runtimeFlag } from "../api/config/envoy-gateway.ts";
import type { Backend } from "../api/envoy/backend.ts";
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { Collection, Context, Graph } from "../graph/index.ts";
import type { Naming } from "../ir/naming.ts";
import type { SecretSource } from "../ir/outside-secret.ts";
import { type Handshake, systemTrust, type UpstreamTls } from "../ir/upstream-tls.ts";
import type { OrMistake, StoredCertificate } from "./certificates.ts";
import { handshakeMistake } from "./handshake-check.ts";
import type { TranslationOptions } from "./options.ts";
import type { OutsideSecrets } from "./outside-secrets.ts";
import { trustBundleKey } from "./trust-bundles.ts";

/** What a Backend's TLS settings are named by. */
export interface TlsNaming {
  readonly naming: Pick<Naming, "authorities">;
  /** Each object that trusts the system's CA certificates has a secret of its own for them. */
  readonly systemSecretPerObject: boolean;
}

/** What TLS settings are named by in a translation. */
export function tlsNamingOf({ naming, config }: Pick<TranslationOptions, "naming" | "config">): TlsNaming {
  return { naming, systemSecretPerObject: runtimeFlag(config, "PerResourceSystemCASecret") };
}

/** What a Backend says about TLS. */
export interface BackendTls extends UpstreamTls {
  /** Why it does not suffice without a policy that says what the backend's certificate is checked against, for people. */
  readonly unchecked?: string;
}

/** Reads `spec.tls` of a Backend: undefined where it has none, or what is wrong, for people. What it refers to is not looked at. */
export function readBackendTls(
  { metadata: { namespace, name }, spec }: Backend,
  { naming, systemSecretPerObject }: TlsNaming,
): OrMistake<BackendTls> | undefined {
  const { tls, type } = spec;
  if (tls === undefined) return undefined;
  const { caCertificateRefs = [], wellKnownCACertificates, insecureSkipVerify, sni, autoSNIFromEndpointHostname } = tls;
  if (wellKnownCACertificates !== undefined && wellKnownCACertificates !== "System") {
    return { mistake: `spec.tls.wellKnownCACertificates: ${wellKnownCACertificates} is not known; use System` };
  }
  if (type === "DynamicResolver" && sni !== undefined) {
    return {
      mistake: "spec.tls.sni has no effect with type DynamicResolver, which asks for the host of each request; remove it",
    };
  }
  const handshake = readHandshake(tls, namespace, "spec.tls");
  if ("mistake" in handshake) return handshake;
  const own = naming.authorities("Backend", namespace, name);
  const trust =
    wellKnownCACertificates === "System"
      ? { secret: systemSecretPerObject ? own : sharedSystemSecret, bundle: systemTrust }
      : { secret: own, bundle: trustBundleKey("Backend", `${namespace}/${name}`) };
  const checked = wellKnownCACertificates !== undefined || caCertificateRefs.length > 0;
  return {
    ...(checked && { trust }),
    serverName: sni !== undefined ? { name: sni } : autoSNIFromEndpointHostname === true ? "endpoint" : "request host",
    handshake,
    ...(!checked && !insecureSkipVerify && { unchecked }),
  };
}

const unchecked =
  "spec.tls does not say what the backend's certificate is checked against; name CA certificates in caCertificateRefs, " +
  "set wellKnownCACertificates to System, or insecureSkipVerify to true, or attach a BackendTLSPolicy";

/** The secret with the CA certificates of the system. */
export const sharedSystemSecret = "system_ca_certificates";

/** What may be said about a handshake by an EnvoyProxy or a Backend. */
export type HandshakeFields = NonNullable<EnvoyProxySpec["backendTLS"]>;

/**
 * Reads what the proxy shall offer in handshakes, or what is wrong, for people.
 * @param namespace that of the object, where its Secret must be, too
 * @param at the path of the fields in the object
 */
export function readHandshake(fields: HandshakeFields, namespace: string, at: string): OrMistake<Handshake> {
  const { clientCertificateRef, minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, alpnProtocols } = fields;
  if (fields.fingerprints !== undefined) {
    return { mistake: `${at}.fingerprints is about the handshakes of clients; remove it` };
  }
  const mistake = handshakeMistake(fields);
  if (mistake !== undefined) return { mistake: `${at}.${mistake}` };
  const { kind = "Secret", group = "", name = "", namespace: of = namespace } = clientCertificateRef ?? {};
  if (kind !== "Secret" || group !== "") {
    return { mistake: `${at}.clientCertificateRef: ${kind} of group "${group}" holds no certificate; use a Secret` };
  }
  if (of !== namespace) {
    return { mistake: `${at}.clientCertificateRef: Secret ${of}/${name} must be in namespace ${namespace}, too; move it` };
  }
  return {
    ...(clientCertificateRef !== undefined && { certificate: `${namespace}/${name}` }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
    ...filled({ ciphers, curves: ecdhCurves, signatureAlgorithms }),
    ...(alpnProtocols !== undefined && { alpn: alpnProtocols }),
  };
}

/** The lists that have members: an empty one says nothing. */
function filled(
  lists: Readonly<Record<"ciphers" | "curves" | "signatureAlgorithms", readonly string[] | undefined>>,
): Pick<Handshake, "ciphers" | "curves" | "signatureAlgorithms"> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0));
}

/** Where proxies get the certificates from by which they authenticate themselves. Key: the Secret's. */
export type ClientCertificates = Collection<OrMistake<{ readonly source: SecretSource }>>;

/** Derives them. A renewed certificate changes nothing here. */
export function deriveClientCertificates(
  graph: Graph,
  stored: Collection<OrMistake<StoredCertificate>>,
  outside: OutsideSecrets,
): ClientCertificates {
  // A computation for one Secret must not read another collection under its key: that would keep the Secret wanted by itself.
  return graph.union<OrMistake<{ readonly source: SecretSource }>>("client certificates", [
    graph.derive("own client certificates", stored, (_context, read, key) => ("mistake" in read ? read : { source: key })),
    graph.derive("outside client certificates", outside, (_context, read) => ("mistake" in read ? read : { source: read })),
  ]);
}

/** The handshake with the source of its certificate, which it names by the key of a Secret; or what is wrong, for people. */
export function followCertificate(
  context: Context,
  certificates: ClientCertificates,
  handshake: Handshake,
  at: string,
): OrMistake<Handshake> {
  const { certificate } = handshake;
  if (typeof certificate !== "string") return handshake;
  const found = context.get(certificates, certificate) ?? { mistake: "does not exist" };
  if ("mistake" in found) return { mistake: `${at}.clientCertificateRef: Secret ${certificate} ${found.mistake}` };
  return { ...handshake, certificate: found.source };
}
