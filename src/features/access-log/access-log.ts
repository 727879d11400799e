import type { AccessLogFilterJson, AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import type { Parts } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { type AccessLogFile, accessLogField, accessLogSlot, defaultLogs, type LogFormat } from "./settings.ts";

/** Connections, requests and tries are logged to files (envoy.access_loggers.file). */
export const accessLog: Feature = {
  name: accessLogSlot.name,
  proxyField: accessLogField,
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

/** The logs for one of these kinds of traffic; those of text first, as in Envoy Gateway. */
function logsOf(fleet: Parts, ...traffic: readonly AccessLogFile["traffic"][]): readonly AccessLogFile[] {
  const logs = (accessLogSlot.of(fleet) ?? defaultLogs).filter((log) => traffic.includes(log.traffic));
  return [...logs.filter(({ format }) => format.type === "text"), ...logs.filter(({ format }) => format.type === "json")];
}

/** `refused`: only connections that no filter chain took (response flag NR), of which there is no request. */
function envoyLog({ path, format, matches }: AccessLogFile, refused: boolean): AccessLogJson {
  const formatters = formattersOf(format);
  const logFormat = {
    ...(format.type === "text" ? { textFormatSource: { inlineString: format.text } } : { jsonFormat: { ...format.members } }),
    ...(formatters.length > 0 && { formatters }),
  };
  const filters = [...matches.map(celFilter), ...(refused ? [refusedFilter] : [])];
  const filter = both(filters);
  return {
    name: "envoy.access_loggers.file",
    ...(filter !== undefined && { filter }),
    typedConfig: typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", { path, logFormat }),
  };
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

/** The extensions that a format needs for commands that are not Envoy's own. */
function formattersOf(format: LogFormat): TypedExtensionConfigJson[] {
  const texts = format.type === "text" ? [format.text] : Object.values(format.members);
  return formatters.flatMap(([command, extension]) => (texts.some((text) => text.includes(`%${command}`)) ? extension : []));
}

const formatters: readonly (readonly [string, TypedExtensionConfigJson])[] = [
  [
    "REQ_WITHOUT_QUERY",
    {
      name: "envoy.formatter.req_without_query",
      typedConfig: typed("envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery", {}),
    },
  ],
  ["METADATA", { name: "envoy.formatter.metadata", typedConfig: typed("envoy.extensions.formatter.metadata.v3.Metadata", {}) }],
  ["CEL", { name: "envoy.formatter.cel", typedConfig: typed("envoy.extensions.formatter.cel.v3.Cel", {}) }],
];
