/** What becomes of each listener, once its own problems and those with its neighbours are known. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { HttpListener } from "../ir/xds.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";
import { type PortPlace, portKey } from "./listener-conflicts.ts";
import type { DeclaredListener } from "./listeners.ts";
import type { Problem } from "./problem.ts";
import { deriveTlsOverlaps, type TlsOverlap } from "./tls-overlaps.ts";

/** A listener with its verdict. Key: that of the listener. */
export interface ListenerVerdict extends DeclaredListener {
  readonly order: number;
  readonly conflict?: Problem;
  /** Where TLS ends here: the certificates to present, and what is wrong with others. */
  readonly certificates?: ListenerCertificates;
  /** Where another listener on the port has the same hosts or certificate names: that, and what is done about it. */
  readonly overlap?: TlsOverlap;
  /** It takes traffic. */
  readonly ready: boolean;
}

/** Derives the verdict on every listener. */
export function deriveListenerVerdicts(
  graph: Graph,
  listeners: Collection<DeclaredListener>,
  places: Collection<PortPlace>,
  certificates: Collection<ListenerCertificates>,
): Collection<ListenerVerdict> {
  const judged = graph.derive("judged listeners", listeners, (context, listener, key): ListenerVerdict | undefined => {
    const place = context.get(places, key);
    if (place === undefined) return undefined;
    const presented = context.get(certificates, key);
    const ready = listener.problems.length === 0 && place.conflict === undefined && presented?.secrets.length !== 0;
    return { ...listener, ...place, ...(presented === undefined ? {} : { certificates: presented }), ready };
  });
  const faces = graph.derive("tls faces", judged, (_context, verdict) => {
    const { key, hostname, ready, certificates: presented } = verdict;
    if (!ready || presented === undefined) return undefined;
    return { key, port: portKey(verdict), hostname, certificateNames: presented.names };
  });
  const overlaps = deriveTlsOverlaps(graph, faces);
  return graph.derive("listeners", judged, (context, verdict, key) => {
    const overlap = context.get(overlaps, key);
    return overlap === undefined ? verdict : { ...verdict, overlap };
  });
}

/** The key of a listener in the IR. */
export function irListenerKey({ scope, key }: { readonly scope: string; readonly key: Key }): Key {
  return `${scope}|${key}`;
}

/** Derives the listeners that proxies open. */
export function deriveHttpListeners(graph: Graph, verdicts: Collection<ListenerVerdict>): Collection<HttpListener> {
  return graph.deriveMany("http listeners", verdicts, (_context, verdict) =>
    verdict.ready ? [[irListenerKey(verdict), httpListener(verdict)] as const] : [],
  );
}

function httpListener(verdict: ListenerVerdict): HttpListener {
  const { scope, key, source, port, hostname, order, settings, certificates, overlap } = verdict;
  const { ipFamily, preserveRouteOrder, bindsListenerPorts } = settings;
  const alpn = overlap?.http1Only === true ? ["http/1.1"] : ["h2", "http/1.1"];
  return {
    scope,
    name: key,
    source,
    protocol: certificates === undefined ? "HTTP" : "HTTPS",
    address: ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0",
    ipv4Compat: ipFamily === "DualStack",
    externalPort: port,
    port: bindsListenerPorts ? port : unprivilegedPort(port),
    hostname,
    preserveRouteOrder,
    order,
    ...(certificates === undefined ? {} : { tls: { certificates: certificates.secrets, alpn } }),
    parts: {},
  };
}

/** The port that a container without privileges binds for a listener's port. */
function unprivilegedPort(port: number): number {
  return port < 1024 ? port + 10000 : port;
}
