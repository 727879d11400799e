/**
 * HTTPS listeners on one port whose hosts or certificates overlap. A client that has an HTTP/2 connection to one host may send
 * requests for another one on it when the certificate is good for both (RFC 9113 section 9.1.1), and they end at the wrong
 * listener. Source: gateway-api v1.6, gateway_types.go (ListenerConditionOverlappingTLSConfig).
 */
import type { Collection, Graph, Key } from "../graph/index.ts";
import { coveringHostnames } from "./hostnames.ts";
import { deriveNameOverlaps, type Overlap } from "./name-overlaps.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** What is looked at of a listener that takes traffic. Key: the listener's. */
export interface TlsFace {
  /** Listeners with equal ports share connections. */
  readonly port: string;
  readonly hostname: string;
  /** DNS names in its certificates. */
  readonly certificateNames: readonly string[];
  /** One of its certificates comes from elsewhere: it may be for any name. */
  readonly opaque: boolean;
}

/** An overlap that a listener is in. Key: the listener's. */
export interface TlsOverlap extends Problem {
  /** HTTP/2 is not offered, so that connections are not shared. */
  readonly http1Only: boolean;
}

/**
 * Derives the overlaps.
 * @param detected requests that end at the wrong listener are answered with 421, so that HTTP/2 can be offered
 */
export function deriveTlsOverlaps(graph: Graph, faces: Collection<TlsFace>, detected: boolean): Collection<TlsOverlap> {
  const hostnames = graph.derive("tls hostnames", faces, (_context, { port, hostname }) => ({ space: port, names: [hostname] }));
  const certificates = graph.derive("tls certificate names", faces, (_context, { port, certificateNames }) =>
    certificateNames.length === 0 ? undefined : { space: port, names: certificateNames },
  );
  const byHostname = deriveNameOverlaps(graph, "tls hostnames", hostnames, coveringHostnames);
  const byCertificate = deriveNameOverlaps(graph, "tls certificates", certificates, coveringCertificateNames);
  const opaquePorts = deriveOpaquePorts(graph, faces);
  return graph.derive("tls overlaps", faces, (context, { port }, key) => {
    const ofCertificate = context.get(byCertificate, key);
    if (ofCertificate !== undefined) return ofCertificates(ofCertificate, detected);
    const opaque = context.get(opaquePorts, port);
    if (opaque !== undefined) return ofOpaque(opaque === key ? undefined : opaque, detected);
    const ofHostname = context.get(byHostname, key);
    return ofHostname && ofHostnames(ofHostname);
  });
}

/** Derives a listener whose certificates nobody can look into, for each port that several listeners share and one such is on. */
function deriveOpaquePorts(graph: Graph, faces: Collection<TlsFace>): Collection<Key> {
  const keyed = graph.derive("tls faces with keys", faces, (_context, { port, opaque }, key) => ({ port, opaque, key }));
  const byPort = graph.index("tls port", keyed, ({ port }) => [port]);
  const opaqueByPort = graph.index("opaque tls port", keyed, ({ port, opaque }) => (opaque ? [port] : []));
  const counts = graph.aggregate("tls faces by port", byPort, {
    zero: 0,
    add: (count) => count + 1,
    remove: (count) => count - 1,
  });
  return graph.derive("opaque ports", graph.group("opaque tls faces", opaqueByPort), (context, { members: [first] }, port) =>
    (context.get(counts, port) ?? 0) > 1 ? first?.key : undefined,
  );
}

/** A wildcard in a certificate stands for one label (RFC 9525 section 6.3). */
function coveringCertificateNames(name: string): readonly string[] {
  const dot = name.indexOf(".");
  return dot < 1 || name.startsWith("*.") ? [name] : [name, `*${name.slice(dot)}`];
}

function measureOf(detected: boolean): string {
  return detected
    ? "Requests for hosts of the other listener are answered with 421 here, upon which clients make another connection; to spare them that"
    : "HTTP/2 is not offered here, so that no client shares a connection between the two; to have it";
}

function ofOpaque(other: Key | undefined, detected: boolean): TlsOverlap {
  const whose = other === undefined ? "this listener" : `listener ${other}`;
  const message = `a certificate of ${whose} comes from an SDS server, so that nobody knows whether it overlaps with others on the port. ${measureOf(detected)}, give it a port of its own`;
  return { reason: reasons.SDSCertificateOpaque, message, http1Only: !detected };
}

function ofCertificates({ name, other, otherName }: Overlap, detected: boolean): TlsOverlap {
  const message = `the certificate name ${name} overlaps with ${otherName} in the certificates of listener ${other}. ${measureOf(detected)}, give them certificates without common names`;
  return { reason: reasons.OverlappingCertificates, message, http1Only: !detected };
}

function ofHostnames({ name, other, otherName }: Overlap): TlsOverlap {
  const message = `the hostname ${name} overlaps with ${otherName} of listener ${other}. The more specific one takes what both stand for`;
  return { reason: reasons.OverlappingHostnames, message, http1Only: false };
}
