/** Envoy's command line arguments for the levels of its log, by component; `default` is the level of all others. */
export function logLevelArgs(levels: Readonly<Record<string, string>>): {
  readonly level: readonly string[];
  readonly components: readonly string[];
} {
  const { default: level = "warn", ...components } = levels;
  const sorted = Object.entries({ misc: "error", ...components }).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    level: ["--log-level", level],
    components: ["--component-log-level", sorted.map(([component, value]) => `${component}:${value}`).join(",")],
  };
}
