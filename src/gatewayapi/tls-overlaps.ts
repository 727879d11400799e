/**
 * HTTPS listeners on one port whose hosts or certificates overlap. A client that has an HTTP/2 connection to one host may send
 * requests for another one on it when the certificate is good for both (RFC 9113 section 9.1.1), and they end at the wrong
 * listener. Source: gateway-api v1.6, gateway_types.go (ListenerConditionOverlappingTLSConfig).
 */
import type { Collection, Graph, Key } from "../graph/index.ts";
import { coveringHostnames } from "./hostnames.ts";
import { findOverlaps, type Overlap } from "./name-overlaps.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** What is looked at of a listener that takes traffic. */
export interface TlsFace {
  readonly key: Key;
  /** Listeners with equal ports share connections. */
  readonly port: string;
  readonly hostname: string;
  /** DNS names in its certificates. */
  readonly certificateNames: readonly string[];
}

/** An overlap that a listener is in. Key: the listener's. */
export interface TlsOverlap extends Problem {
  /** HTTP/2 is not offered, so that connections are not shared. */
  readonly http1Only: boolean;
}

/**
 * Derives the overlaps, port by port.
 * @param detected requests that end at the wrong listener are answered with 421, so that HTTP/2 can be offered
 */
export function deriveTlsOverlaps(graph: Graph, faces: Collection<TlsFace>, detected: boolean): Collection<TlsOverlap> {
  const ports = graph.group(
    "tls ports",
    graph.index("tls port", faces, ({ port }) => [port]),
  );
  return graph.deriveMany("tls overlaps", ports, (_context, { members }) => {
    const byHostname = findOverlaps(
      members.map(({ key, hostname }) => ({ key, names: [hostname] })),
      coveringHostnames,
    );
    const byCertificate = findOverlaps(
      members.map(({ key, certificateNames: names }) => ({ key, names })),
      coveringCertificateNames,
    );
    return members.flatMap(({ key }): readonly (readonly [Key, TlsOverlap])[] => {
      const certificates = byCertificate.get(key);
      if (certificates !== undefined) return [[key, ofCertificates(certificates, detected)]];
      const hostnames = byHostname.get(key);
      return hostnames === undefined ? [] : [[key, ofHostnames(hostnames)]];
    });
  });
}

/** A wildcard in a certificate stands for one label (RFC 9525 section 6.3). */
function coveringCertificateNames(name: string): readonly string[] {
  const dot = name.indexOf(".");
  return dot < 1 || name.startsWith("*.") ? [name] : [name, `*${name.slice(dot)}`];
}

function ofCertificates({ name, other, otherName }: Overlap, detected: boolean): TlsOverlap {
  const measure = detected
    ? "Requests for hosts of the other listener are answered with 421 here, upon which clients make another connection; to spare them that"
    : "HTTP/2 is not offered here, so that no client shares a connection between the two; to have it";
  const message = `the certificate name ${name} overlaps with ${otherName} in the certificates of listener ${other}. ${measure}, give them certificates without common names`;
  return { reason: reasons.OverlappingCertificates, message, http1Only: !detected };
}

function ofHostnames({ name, other, otherName }: Overlap): TlsOverlap {
  const message = `the hostname ${name} overlaps with ${otherName} of listener ${other}. The more specific one takes what both stand for`;
  return { reason: reasons.OverlappingHostnames, message, http1Only: false };
}
