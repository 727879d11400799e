/** TLS between proxies and backends. Source: envoy/extensions/transport_sockets/tls/v3/{tls,common}.proto. */
import type { Cluster_TransportSocketMatchJson, ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { TransportSocketJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { UpstreamHttpProtocolOptionsJson } from "#envoy/envoy/config/core/v3/protocol_pb";
import type { CertificateValidationContextJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/common_pb";
import type { CommonTlsContextJson, UpstreamTlsContextJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/tls_pb";
import { typed } from "../../features/typed-config.ts";
import type { SinkTls } from "../../ir/infra.ts";
import type { SecretSource } from "../../ir/outside-secret.ts";
import { type UpstreamTls, upstreamTlsSlot } from "../../ir/upstream-tls.ts";
import type { Destination, DestinationSetting } from "../../ir/xds.ts";
import { secretFrom } from "./secret-source.ts";
import { trustedSource } from "./tls.ts";
import { tlsParameters } from "./tls-parameters.ts";

/** The TLS settings of each setting of a destination that has such. */
export function tlsOf({ settings }: Pick<Destination, "settings">): readonly UpstreamTls[] {
  return settings.flatMap(({ parts }) => upstreamTlsSlot.of(parts) ?? []);
}

/** All secrets that a cluster needs for TLS. */
export function secretsOf(destination: Pick<Destination, "settings">): readonly SecretSource[] {
  return tlsOf(destination).flatMap(({ trust, handshake: { certificate } }) => [trust?.secret ?? [], certificate ?? []].flat());
}

/** The name by which endpoints of a cluster's setting choose their transport socket; undefined for plain text. */
export function socketMatchName(cluster: string, { parts }: DestinationSetting, index: number): string | undefined {
  return upstreamTlsSlot.of(parts) === undefined ? undefined : `${cluster}/tls/${index}`;
}

/**
 * The transport sockets of a cluster. Each setting with TLS has one that its endpoints choose by metadata; a cluster without
 * endpoints of its own has one for all connections.
 */
export function transportSockets(destination: Destination): ClusterJson {
  const { name, settings, dynamic = false } = destination;
  if (dynamic) {
    const [tls] = tlsOf(destination);
    return tls === undefined ? {} : { transportSocket: upstreamSocket(tls, dynamic) };
  }
  const matches = settings.flatMap((setting, index): readonly Cluster_TransportSocketMatchJson[] => {
    const tls = upstreamTlsSlot.of(setting.parts);
    const match = socketMatchName(name, setting, index);
    if (tls === undefined || match === undefined) return [];
    return [{ name: match, match: { name: match }, transportSocket: upstreamSocket(tls, dynamic) }];
  });
  if (matches.length === 0) return {};
  return { ...(isSecured(destination) && { transportSocket: placeholder }), transportSocketMatches: [...matches] };
}

/** Whether every connection of a cluster is secured. */
export function isSecured(destination: Destination): boolean {
  return destination.settings.length > 0 && tlsOf(destination).length === destination.settings.length;
}

/** Envoy wants a socket with TLS before it chooses the version of HTTP in the handshake. No endpoint uses this one. */
const placeholder: TransportSocketJson = {
  name: "dummy.transport_socket",
  typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", { commonTlsContext: {} }),
};

/** How requests take part in handshakes: their host is the server name, and the certificate must be for it. */
export function requestHostOptions(destination: Destination): UpstreamHttpProtocolOptionsJson | undefined {
  if (destination.dynamic === true) return { autoSni: true, autoSanValidation: true };
  const all = tlsOf(destination);
  return all.length > 0 && all.every(({ serverName }) => serverName === "request host") ? { autoSni: true } : undefined;
}

/** `perRequest`: names are left to the cluster, which knows the host of each request. */
function upstreamSocket(tls: UpstreamTls, perRequest: boolean): TransportSocketJson {
  const { trust, serverName } = tls;
  return tlsSocket({
    commonTlsContext: commonContext(tls),
    ...serverNameFields(tls),
    ...(typeof serverName === "string" && trust !== undefined && !perRequest && { autoSniSanValidation: true }),
  });
}

/**
 * The transport socket of a cluster in a bootstrap, where secrets cannot be asked for by name yet.
 * @param systemFile where the CA certificates of the system are on the proxy's machine
 */
export function bootstrapSocket({ settings, authorities }: SinkTls, systemFile: string): TransportSocketJson {
  const { alpn = [] } = settings.handshake;
  const trustedCa = authorities === undefined ? undefined : trustedSource(authorities, systemFile);
  return tlsSocket({
    commonTlsContext: {
      tlsParams: tlsParameters(settings.handshake),
      ...(alpn.length > 0 && { alpnProtocols: [...alpn] }),
      ...(trustedCa !== undefined && { validationContext: { ...validatedNames(settings), trustedCa } }),
    },
    ...serverNameFields(settings),
    ...(settings.serverName === "endpoint" && trustedCa !== undefined && { autoSniSanValidation: true }),
  });
}

function tlsSocket(context: UpstreamTlsContextJson): TransportSocketJson {
  return {
    name: "envoy.transport_sockets.tls",
    typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", context),
  };
}

function serverNameFields({ serverName }: UpstreamTls): UpstreamTlsContextJson {
  if (typeof serverName === "object") return { sni: serverName.name };
  return serverName === "endpoint" ? { autoHostSni: true } : {};
}

/** The names of which the certificate must have one, where they are known beforehand. */
function validatedNames({ serverName, subjectAltNames }: UpstreamTls): CertificateValidationContextJson {
  const names = subjectAltNames ?? (typeof serverName === "object" ? [{ type: "DNS", value: serverName.name } as const] : []);
  if (names.length === 0) return {};
  return { matchTypedSubjectAltNames: names.map(({ type, value }) => ({ sanType: type, matcher: { exact: value } })) };
}

function commonContext(tls: UpstreamTls): CommonTlsContextJson {
  const { trust, handshake } = tls;
  const { alpn = [], certificate } = handshake;
  return {
    tlsParams: tlsParameters(handshake),
    ...(alpn.length > 0 && { alpnProtocols: [...alpn] }),
    ...(certificate !== undefined && { tlsCertificateSdsSecretConfigs: [secretFrom(certificate)] }),
    ...(trust !== undefined && {
      combinedValidationContext: {
        defaultValidationContext: validatedNames(tls),
        validationContextSdsSecretConfig: secretFrom(trust.secret),
      },
    }),
  };
}
