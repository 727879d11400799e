/** What becomes of each listener, once its own problems and those with its neighbours are known. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { HttpListener, ProxyListener, StreamListener } from "../ir/xds.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";
import { portKey } from "./listener-conflicts.ts";
import type { DeclaredListener } from "./listeners.ts";
import type { TranslationOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { deriveTlsOverlaps, type TlsOverlap } from "./tls-overlaps.ts";

/** A listener with its verdict. Key: that of the listener. */
export interface ListenerVerdict extends DeclaredListener {
  /** Why it cannot be told apart from another. */
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
  conflicts: Collection<Problem>,
  certificates: Collection<ListenerCertificates>,
  { detectsMisdirected = false }: Pick<TranslationOptions, "detectsMisdirected">,
): Collection<ListenerVerdict> {
  const judged = graph.derive("judged listeners", listeners, (context, listener, key): ListenerVerdict => {
    const conflict = context.get(conflicts, key);
    const presented = context.get(certificates, key);
    const ready = listener.problems.length === 0 && conflict === undefined && presented?.secrets.length !== 0;
    const certified = presented === undefined ? {} : { certificates: presented };
    return { ...listener, ...(conflict === undefined ? {} : { conflict }), ...certified, ready };
  });
  const faces = graph.derive("tls faces", judged, (_context, verdict) => {
    const { hostname, protocol, ready, certificates: presented } = verdict;
    if (!ready || protocol !== "HTTPS" || presented === undefined) return undefined;
    return { port: portKey(verdict), hostname, certificateNames: presented.names };
  });
  const overlaps = deriveTlsOverlaps(graph, faces, detectsMisdirected);
  return graph.derive("listeners", judged, (context, verdict, key) => {
    const overlap = context.get(overlaps, key);
    return overlap === undefined ? verdict : { ...verdict, overlap };
  });
}

/** The key of a listener in the IR. */
export function irListenerKey({ scope, key }: { readonly scope: string; readonly key: Key }): Key {
  return `${scope}|${key}`;
}

/** Derives the listeners for HTTP requests that proxies open. */
export function deriveHttpListeners(graph: Graph, verdicts: Collection<ListenerVerdict>): Collection<HttpListener> {
  return graph.deriveMany("http listeners", verdicts, (_context, verdict) => {
    const { protocol, ready } = verdict;
    if (!ready || (protocol !== "HTTP" && protocol !== "HTTPS")) return [];
    return [[irListenerKey(verdict), { ...proxyListener(verdict), protocol, ...httpFields(verdict) }] as const];
  });
}

/** Derives the listeners for connections and datagrams that proxies open. */
export function deriveStreamListeners(graph: Graph, verdicts: Collection<ListenerVerdict>): Collection<StreamListener> {
  return graph.deriveMany("stream listeners", verdicts, (_context, verdict) => {
    const { protocol, ready } = verdict;
    if (!ready || (protocol !== "TLS" && protocol !== "TCP" && protocol !== "UDP")) return [];
    const tls = verdict.certificates === undefined ? {} : { tls: { certificates: verdict.certificates.secrets, alpn: [] } };
    return [[irListenerKey(verdict), { ...proxyListener(verdict), protocol, ...tls }] as const];
  });
}

function proxyListener(verdict: ListenerVerdict): Omit<ProxyListener, "protocol"> {
  const { scope, key, source, told, port, hostname, seniority, index, settings } = verdict;
  const { ipFamily, bindsListenerPorts } = settings;
  return {
    scope,
    name: key,
    source,
    ...(told === undefined ? {} : { told }),
    address: ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0",
    ipv4Compat: ipFamily === "DualStack",
    externalPort: port,
    port: bindsListenerPorts ? port : unprivilegedPort(port),
    hostname,
    seniority,
    order: index,
  };
}

function httpFields({
  settings: { preserveRouteOrder },
  certificates,
  clientValidation,
  overlap,
}: ListenerVerdict): Omit<HttpListener, keyof ProxyListener> {
  const alpn = overlap?.http1Only === true ? ["http/1.1"] : ["h2", "http/1.1"];
  const clients =
    clientValidation === undefined ? {} : { clients: { trust: clientValidation.trust, required: clientValidation.required } };
  const tls = certificates === undefined ? {} : { tls: { certificates: certificates.secrets, ...clients, alpn } };
  return { preserveRouteOrder, ...tls, parts: {} };
}

/** The port that a container without privileges binds for a listener's port. */
function unprivilegedPort(port: number): number {
  return port < 1024 ? port + 10000 : port;
}
