/** The access logs of a fleet, as the IR has them. */
import type { Parts } from "../../ir/slot.ts";
import { slot } from "../../ir/slot.ts";
import { defaultFormat } from "./default-format.ts";

/** Named formats, in command operators of Envoy. */
export type Members = Readonly<Record<string, string>>;

/** What a line holds, in command operators of Envoy: the line itself, or the members of a JSON object. */
export type LogFormat = { readonly type: "text"; readonly text: string } | { readonly type: "json"; readonly members: Members };

/** A file that gets a line for each thing that is logged. */
export interface FileSink {
  readonly type: "file";
  readonly path: string;
  readonly format: LogFormat;
}

/** A server of Envoy's access log service, which gets entries of a form of their own. */
export interface AlsSink {
  readonly type: "als";
  readonly cluster: string;
  readonly logName: string;
  /** Entries about requests, or about connections. */
  readonly entries: "HTTP" | "TCP";
  /** Names of headers that entries hold in addition. */
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly responseTrailers: readonly string[];
}

/** A server that takes log records by OTLP over gRPC. */
export interface OpenTelemetrySink {
  readonly type: "openTelemetry";
  readonly cluster: string;
  /** The host that exports are addressed to. */
  readonly authority?: string;
  /** Format of a record's body. */
  readonly body?: string;
  /** Formats of a record's attributes. */
  readonly attributes: Members;
  readonly resourceAttributes: Members;
  /** Headers of every export. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Something that is logged somewhere. */
export interface AccessLog {
  readonly sink: FileSink | AlsSink | OpenTelemetrySink;
  /** CEL expressions that must all hold for what is logged. */
  readonly matches: readonly string[];
  /**
   * What is logged: connections, requests, or each try of a request. Left out: requests, and connections that never became one
   * because no filter chain took them.
   */
  readonly traffic?: "Listener" | "Route" | "Upstream";
}

/** The part of a fleet: its access logs. A fleet without the part has a default one. */
export const accessLogSlot = slot<readonly AccessLog[]>("access-log");

/** Where lines go that no path is given for. */
export const standardOutput = "/dev/stdout";

/** A JSON line for each request on the proxy's standard output. */
const defaultLogs: readonly AccessLog[] = [
  { sink: { type: "file", path: standardOutput, format: { type: "json", members: defaultFormat } }, matches: [] },
];

/** The access logs of a fleet. */
export function accessLogsOf(fleet: Parts): readonly AccessLog[] {
  return accessLogSlot.of(fleet) ?? defaultLogs;
}
