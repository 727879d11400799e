/** Severities, least severe first; the values that `logging.level` of the EnvoyGateway file takes. */
export const levels = ["debug", "info", "warn", "error"] as const;

/** How severe a log line is. */
export type Level = (typeof levels)[number];

/** The components whose level the EnvoyGateway file can set. `default` stands for all that have no level of their own. */
export const logComponents = [
  "default",
  "provider",
  "gateway-api",
  "xds-translator",
  "xds-server",
  "xds",
  "infrastructure",
  "global-ratelimit",
] as const;

/** A component whose level can be set. */
export type LogComponent = (typeof logComponents)[number];

/** The level of each component; holds its own state, so that a level can be changed while loggers are in use. */
export interface LevelTable {
  /**
   * The level in force for a component: its own, else that of `xds` for those that begin with `xds-`, else that of `default`.
   * Names outside the list use `default`.
   */
  levelOf(component: string): Level;
  /** Sets the level of a component, or takes its own level away (undefined), from the next line on. */
  setLevel(component: LogComponent, level: Level | undefined): void;
  /** Whether a line of this severity is written. */
  enabled(component: string, level: Level): boolean;
}

/** Makes the table. What `initial` leaves out follows `default`; without a `default` that is `info`. */
export function levelTable(initial: Readonly<Partial<Record<LogComponent, Level>>> = {}): LevelTable {
  const own = new Map<string, Level>(Object.entries(initial));
  const levelOf = (component: string): Level =>
    own.get(component) ?? (component.startsWith("xds-") ? own.get("xds") : undefined) ?? own.get("default") ?? "info";
  return {
    levelOf,
    setLevel(component, level) {
      if (level === undefined) own.delete(component);
      else own.set(component, level);
    },
    enabled: (component, level) => levels.indexOf(level) >= levels.indexOf(levelOf(component)),
  };
}
