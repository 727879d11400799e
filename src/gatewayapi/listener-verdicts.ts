/** What becomes of each listener, once its own problems and those with its neighbours are known. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { HttpListener, ListenerTls, ProxyListener, StreamListener } from "../ir/xds.ts";
import type { ListenerCertificates } from "./listener-certificates.ts";
import { portKey } from "./listener-conflicts.ts";
import type { ListenerSettings } from "./listener-settings.ts";
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
    return { port: portKey(verdict), hostname, certificateNames: presented.names, opaque: presented.opaque === true };
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
export function deriveHttpListeners(
  graph: Graph,
  verdicts: Collection<ListenerVerdict>,
  settings: Collection<ListenerSettings>,
): Collection<HttpListener> {
  return graph.deriveMany("http listeners", verdicts, (context, verdict) => {
    const { protocol, ready } = verdict;
    if (!ready || (protocol !== "HTTP" && protocol !== "HTTPS")) return [];
    const { preserveRouteOrder } = verdict.settings;
    const listener = proxyListener(verdict, context.get(settings, verdict.key));
    return [[irListenerKey(verdict), { ...listener, protocol, preserveRouteOrder }] as const];
  });
}

/** Derives the listeners for connections and datagrams that proxies open. */
export function deriveStreamListeners(
  graph: Graph,
  verdicts: Collection<ListenerVerdict>,
  settings: Collection<ListenerSettings>,
): Collection<StreamListener> {
  return graph.deriveMany("stream listeners", verdicts, (context, verdict) => {
    const { protocol, ready } = verdict;
    if (!ready || (protocol !== "TLS" && protocol !== "TCP" && protocol !== "UDP")) return [];
    return [[irListenerKey(verdict), { ...proxyListener(verdict, context.get(settings, verdict.key)), protocol }] as const];
  });
}

function proxyListener(
  verdict: ListenerVerdict,
  own: ListenerSettings | undefined,
): Omit<ProxyListener, "protocol"> & Pick<HttpListener, "tls"> {
  const { scope, key, source, told, port, hostname, seniority, index, settings } = verdict;
  const { ipFamily } = settings;
  const tls = own?.tls ?? baseTls(verdict);
  return {
    scope,
    name: key,
    source,
    ...(told === undefined ? {} : { told }),
    address: ipFamily === "IPv6" || ipFamily === "DualStack" ? "::" : "0.0.0.0",
    ipv4Compat: ipFamily === "DualStack",
    externalPort: port,
    port: boundPort(verdict),
    hostname,
    seniority,
    order: index,
    ...(tls && { tls }),
    parts: own?.parts ?? {},
    ...(own?.closed === true && { closed: true as const }),
  };
}

/** How a listener ends TLS as long as no policy says more of it; undefined where it does not. */
export function baseTls({ protocol, certificates, clientValidation, overlap }: ListenerVerdict): ListenerTls | undefined {
  if (certificates === undefined) return undefined;
  if (protocol !== "HTTPS") return { certificates: certificates.secrets, alpn: [] };
  const { trust, required } = clientValidation ?? {};
  return {
    certificates: certificates.secrets,
    ...(trust !== undefined && required !== undefined && { clients: { trust, required, verified: required } }),
    alpn: overlap?.http1Only === true ? ["http/1.1"] : ["h2", "http/1.1"],
  };
}

/** The port that proxies bind for a listener: without privileges, containers can bind no low ones. */
export function boundPort({ port, settings: { bindsListenerPorts } }: Pick<ListenerVerdict, "port" | "settings">): number {
  return bindsListenerPorts || port >= 1024 ? port : port + 10000;
}
