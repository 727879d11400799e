/** What `telemetry.accessLog` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, envoyproxy_accesslogging_types.go. */
import { parse } from "@bufbuild/cel";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { Problem } from "../../gatewayapi/problem.ts";
import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import { slot } from "../../ir/slot.ts";
import { defaultFormat } from "./default-format.ts";
import { formatMistake } from "./format-commands.ts";

/** What a line holds, in command operators of Envoy: the line itself, or the members of a JSON object. */
export type LogFormat =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "json"; readonly members: Readonly<Record<string, string>> };

/** A file that gets a line for each thing that is logged. */
export interface AccessLogFile {
  readonly path: string;
  readonly format: LogFormat;
  /** CEL expressions that must all hold for what is logged. */
  readonly matches: readonly string[];
  /**
   * What is logged: connections, requests, or each try of a request. Left out: requests, and connections that never became one
   * because no filter chain took them.
   */
  readonly traffic?: "Listener" | "Route" | "Upstream";
}

/** The part of a fleet: its access logs. A fleet without the part has `defaultLogs`. */
export const accessLogSlot = slot<readonly AccessLogFile[]>("access-log");

const standardOutput = "/dev/stdout";

/** A JSON line for each request on the proxy's standard output. */
export const defaultLogs: readonly AccessLogFile[] = [
  { path: standardOutput, format: { type: "json", members: defaultFormat }, matches: [] },
];

type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;
type Setting = NonNullable<AccessLogSpec["settings"]>[number];

/** Reads the access logs of a fleet. Where one of them is wrong nothing is logged, as in Envoy Gateway. */
export const accessLogField: ProxyField = {
  translate({ telemetry }, parts) {
    const { disable = false, settings } = telemetry?.accessLog ?? {};
    if (disable) return { parts: accessLogSlot.set(parts, []), problems: [] };
    if (settings === undefined) return { parts, problems: [] };
    const problems = settings.flatMap((setting, i) => mistakesOf(setting, `spec.telemetry.accessLog.settings[${i}]`));
    const files = problems.length > 0 ? [] : settings.flatMap(filesOf);
    return { parts: accessLogSlot.set(parts, files), problems };
  },
};

function filesOf({ format, matches = [], type, sinks }: Setting): readonly AccessLogFile[] {
  const line = readFormat(format);
  if (line === undefined) return [];
  const rest = { format: line, matches, ...(type === undefined ? {} : { traffic: type }) };
  return sinks.flatMap(({ file }) => (file === undefined ? [] : { path: file.path ?? standardOutput, ...rest }));
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
