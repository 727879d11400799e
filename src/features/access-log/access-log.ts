import type { AccessLogFilterJson, AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import type { Parts } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { envoyLogger } from "./loggers.ts";
import { accessLogField } from "./settings.ts";
import { type AccessLog, accessLogSlot, accessLogsOf } from "./sinks.ts";

/** Connections, requests and tries are logged to files and to servers. */
export const accessLog: Feature = {
  name: accessLogSlot.name,
  proxyField: accessLogField,
  listenerClusters: (fleet) => accessLogsOf(fleet).flatMap(({ sink }) => (sink.type === "file" ? [] : sink.cluster)),
  listener(draft, fleet) {
    const logs = logsOf(fleet, undefined, "Listener").map((log) => envoyLog(log, log.traffic === undefined));
    return logs.length === 0 ? draft : { ...draft, accessLog: logs };
  },
  connectionManager: (draft, fleet) => withTrafficLogs(draft, fleet),
  streamProxy: (draft, fleet) => withTrafficLogs(draft, fleet),
  router(draft, fleet) {
    const logs = logsOf(fleet, "Upstream").map((log) => envoyLog(log, false));
    if (logs.length === 0) return draft;
    // A line when the try begins, too: it may stay open for long.
    return { ...draft, upstreamLog: logs, upstreamLogOptions: { flushUpstreamLogOnUpstreamStream: true } };
  },
};

/** Logs each request, or each connection where there are no requests to tell apart. */
function withTrafficLogs<T extends { accessLog?: AccessLogJson[] }>(draft: T, fleet: Parts): T {
  const logs = logsOf(fleet, undefined, "Route").map((log) => envoyLog(log, false));
  return logs.length === 0 ? draft : { ...draft, accessLog: logs };
}

/** The logs for one of these kinds of traffic, in the order of Envoy Gateway: lines of text, of JSON, then servers. */
function logsOf(fleet: Parts, ...traffic: readonly AccessLog["traffic"][]): readonly AccessLog[] {
  const logs = accessLogsOf(fleet).filter((log) => traffic.includes(log.traffic));
  return logs.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ sink }: AccessLog): number {
  if (sink.type === "file") return sink.format.type === "text" ? 0 : 1;
  return sink.type === "als" ? 2 : 3;
}

/** `refused`: only connections that no filter chain took (response flag NR), of which there is no request. */
function envoyLog(log: AccessLog, refused: boolean): AccessLogJson {
  const filter = both([...log.matches.map(celFilter), ...(refused ? [refusedFilter] : [])]);
  return { ...envoyLogger(log), ...(filter !== undefined && { filter }) };
}

/** All of `filters` in one; undefined for none. */
function both(filters: readonly AccessLogFilterJson[]): AccessLogFilterJson | undefined {
  return filters.length > 1 ? { andFilter: { filters: [...filters] } } : filters[0];
}

const refusedFilter: AccessLogFilterJson = { responseFlagFilter: { flags: ["NR"] } };

function celFilter(expression: string): AccessLogFilterJson {
  const config = typed("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", { expression });
  return { extensionFilter: { name: "envoy.access_loggers.extension_filters.cel", typedConfig: config } };
}
