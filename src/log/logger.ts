import { type DestinationStream, destination, type Logger as PinoLogger, pino } from "pino";
import { type Level, type LevelTable, type LogComponent, levelTable } from "./level.ts";
import { redact } from "./redaction.ts";
import { encodeText } from "./text-encoder.ts";

/** Named values of a log line. The four names that every line has of itself are taken. */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly level?: never;
  readonly ts?: never;
  readonly logger?: never;
  readonly msg?: never;
};

/** Writes log lines of one component. Fields are redacted (see redaction.ts); an Error is best given as the field `error`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this severity are written: ask before computing costly fields. */
  enabled(level: Level): boolean;
  /** A logger of the same component whose lines all carry these fields. */
  with(fields: LogFields): Logger;
}

/** The `logging` part of the EnvoyGateway file. */
export interface LogConfig {
  /** Level per component; default: `info`. */
  readonly level?: Readonly<Partial<Record<LogComponent, Level>>>;
  /** Default: `Text`. */
  readonly encoder?: "Text" | "JSON";
}

/** Where all loggers of a process come from. */
export interface Logs {
  /** The logger of a component; also of a name outside the list of components, which then has the default level. */
  for(component: LogComponent | (string & {})): Logger;
  /** Changes the level of a component from the next line on; undefined makes it follow `default` again. */
  setLevel(component: LogComponent, level: Level | undefined): void;
  /** The level in force. */
  levelOf(component: string): Level;
}

/**
 * Makes the loggers of a process. Lines have the keys of Envoy Gateway's log (zap's production encoding): level, ts (seconds since
 * 1970), logger, msg, then fields; the text encoder writes the same as tab-separated columns. `stream` takes whole lines; default:
 * standard output, written synchronously so that no line is lost at exit.
 */
export function createLogs(config: LogConfig = {}, stream: DestinationStream = destination({ dest: 1, sync: true })): Logs {
  const table = levelTable(config.level);
  const root = pino(
    {
      level: "debug",
      base: null,
      timestamp: () => `,"ts":${Date.now() / 1000}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    config.encoder === "JSON" ? stream : { write: (line) => stream.write(encodeText(line)) },
  );
  const loggers = new Map<string, Logger>();
  return {
    for(component) {
      const logger = loggers.get(component) ?? loggerOf(root.child({ logger: component }), component, table);
      loggers.set(component, logger);
      return logger;
    },
    setLevel: (component, level) => table.setLevel(component, level),
    levelOf: (component) => table.levelOf(component),
  };
}

/** A logger that writes nothing: for tests, and for commands whose output is their result. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  enabled: () => false,
  with: () => silentLogger,
};

function loggerOf(sink: PinoLogger, component: string, table: LevelTable): Logger {
  const write = (level: Level) => (message: string, fields?: LogFields) => {
    if (table.enabled(component, level)) sink[level]({ msg: message, ...redactFields(fields) });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    enabled: (level) => table.enabled(component, level),
    with: (fields) => loggerOf(sink.child(redactFields(fields)), component, table),
  };
}

function redactFields(fields: LogFields = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redact(value)]));
}
