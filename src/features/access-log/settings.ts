/** What `telemetry.accessLog` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, envoyproxy_accesslogging_types.go. */
import { parse } from "@bufbuild/cel";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { PlannedCluster } from "../../gatewayapi/planned-cluster.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxyField, ProxySite } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import { defaultFormat } from "./default-format.ts";
import { formatMistake } from "./format-commands.ts";
import { type AccessLog, accessLogSlot, type LogFormat, standardOutput } from "./sinks.ts";

type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;
type Setting = NonNullable<AccessLogSpec["settings"]>[number];
type Sink = Setting["sinks"][number];

/** What sinks become, and what is wrong with them. */
interface Outcome {
  readonly logs: readonly AccessLog[];
  readonly clusters: readonly PlannedCluster[];
  /** What keeps anything from being logged. */
  readonly problems: readonly Problem[];
  /** What is wrong, though everything is logged. */
  readonly warnings: readonly Problem[];
}

/** Reads the access logs of a fleet. Where one of them is wrong nothing is logged, as in Envoy Gateway. */
export const accessLogField: ProxyField = {
  servers({ telemetry }) {
    const { disable = false, settings = [] } = telemetry?.accessLog ?? {};
    const sinks = disable ? [] : settings.flatMap((setting) => setting.sinks);
    return sinks.flatMap(({ als, openTelemetry }) => als ?? openTelemetry ?? []);
  },
  translate({ telemetry }, parts, site) {
    const { disable = false, settings } = telemetry?.accessLog ?? {};
    if (disable) return { parts: accessLogSlot.set(parts, []), problems: [] };
    if (settings === undefined) return { parts, problems: [] };
    const mistakes = settings.flatMap((setting, i) => mistakesOf(setting, pathOf(i)));
    const outcomes = settings.flatMap((setting, i) => setting.sinks.map((sink, j) => readSink(setting, sink, [i, j], site)));
    const problems = [...mistakes, ...outcomes.flatMap((outcome) => outcome.problems)];
    if (problems.length > 0) return { parts: accessLogSlot.set(parts, []), problems };
    return {
      parts: accessLogSlot.set(
        parts,
        outcomes.flatMap(({ logs }) => logs),
      ),
      clusters: outcomes.flatMap(({ clusters }) => clusters),
      problems: outcomes.flatMap(({ warnings }) => warnings),
    };
  },
};

function pathOf(setting: number): string {
  return `spec.telemetry.accessLog.settings[${setting}]`;
}

const nothing: Outcome = { logs: [], clusters: [], problems: [], warnings: [] };

function readSink(setting: Setting, sink: Sink, position: readonly [number, number], site: ProxySite): Outcome {
  const { matches = [], type } = setting;
  const rest = { matches, ...(type === undefined ? {} : { traffic: type }) };
  const { file } = sink;
  if (file !== undefined) {
    const format = readFormat(setting.format);
    if (format === undefined) return nothing;
    return { ...nothing, logs: [{ sink: { type: "file", path: file.path ?? standardOutput, format }, ...rest }] };
  }
  const at = `${pathOf(position[0])}.sinks[${position[1]}]`;
  if (sink.als !== undefined) return readAls(sink.als, at, position, rest, site);
  return sink.openTelemetry === undefined ? nothing : readOpenTelemetry(setting, sink.openTelemetry, at, position, rest, site);
}

function readAls(
  als: NonNullable<Sink["als"]>,
  at: string,
  position: readonly [number, number],
  rest: Omit<AccessLog, "sink">,
  site: ProxySite,
): Outcome {
  const server = site.serverCluster({ purpose: "accesslog_als", position }, `${at}.als`, { ...als, protocol: "GRPC" });
  if ("problems" in server) return { ...nothing, problems: server.problems };
  const { requestHeaders = [], responseHeaders = [], responseTrailers = [] } = als.http ?? {};
  const log: AccessLog = {
    sink: {
      type: "als",
      cluster: server.cluster.name,
      logName: als.logName ?? `${site.source.namespace}/${site.source.name}`,
      entries: als.type,
      requestHeaders,
      responseHeaders,
      responseTrailers,
    },
    ...rest,
  };
  return { logs: [log], clusters: [server.cluster], problems: [], warnings: server.warnings };
}

function readOpenTelemetry(
  { format }: Setting,
  openTelemetry: NonNullable<Sink["openTelemetry"]>,
  at: string,
  position: readonly [number, number],
  rest: Omit<AccessLog, "sink">,
  site: ProxySite,
): Outcome {
  const id = { purpose: "accesslog_otel", position };
  const server = site.serverCluster(id, `${at}.openTelemetry`, { ...openTelemetry, protocol: "GRPC" });
  if ("problems" in server) return { ...nothing, problems: server.problems };
  const { resourceAttributes, resources, headers = [] } = openTelemetry;
  const { text, json = text === undefined ? defaultFormat : {} } = format ?? {};
  const log: AccessLog = {
    sink: {
      type: "openTelemetry",
      cluster: server.cluster.name,
      ...(server.authority !== undefined && { authority: server.authority }),
      ...(text !== undefined && { body: text }),
      attributes: json,
      resourceAttributes: resourceAttributes ?? resources ?? {},
      headers,
    },
    ...rest,
  };
  return { logs: [log], clusters: [server.cluster], problems: [], warnings: server.warnings };
}

/** The format of a line; undefined where it is both. */
function readFormat(format: Setting["format"]): LogFormat | undefined {
  const { text, json } = format ?? {};
  if (text !== undefined) return json === undefined ? { type: "text", text } : undefined;
  return { type: "json", members: json ?? defaultFormat };
}

function mistakesOf(setting: Setting, at: string): readonly Problem[] {
  const { format, matches = [], sinks } = setting;
  const ofFormat = [
    ...(format?.text === undefined ? [] : formatMistakes(`${at}.format.text`, format.text)),
    ...Object.entries(format?.json ?? {}).flatMap(([name, value]) => formatMistakes(`${at}.format.json.${name}`, value)),
  ];
  const mixed = readFormat(format) === undefined && sinks.some(({ file }) => file !== undefined);
  return [
    ...ofFormat,
    ...(mixed ? [invalid(`${at}.format: a line of a file is either text or json; remove one of them`)] : []),
    ...matches.flatMap((expression, i) =>
      isExpression(expression) ? [] : [invalid(`${at}.matches[${i}]: invalid CEL expression: ${expression}`)],
    ),
  ];
}

function formatMistakes(at: string, format: string): readonly Problem[] {
  const mistake = formatMistake(format);
  return mistake === undefined ? [] : [invalid(`${at}: ${mistake}`)];
}

function isExpression(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
