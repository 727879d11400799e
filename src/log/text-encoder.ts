/** Keys of a line that the text form writes as columns instead of as fields. */
const columns = new Set(["level", "ts", "logger", "msg"]);

/**
 * Turns one JSON log line into the text form: time, LEVEL, logger and message, separated by tabs, then the other fields as JSON.
 * A line that is not a JSON object is returned unchanged.
 */
export function encodeText(line: string): string {
  const entry = parseLine(line);
  if (entry === undefined) return line;
  const seconds = typeof entry.ts === "number" ? entry.ts : 0;
  const head = [new Date(seconds * 1000).toISOString(), String(entry.level).toUpperCase(), entry.logger, entry.msg];
  const fields = Object.entries(entry).filter(([key]) => !columns.has(key));
  const tail = fields.length === 0 ? [] : [JSON.stringify(Object.fromEntries(fields))];
  return `${[...head, ...tail].map(oneLine).join("\t")}\n`;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}

/** One entry is one line, whatever an object's name or an error message holds. */
function oneLine(column: unknown): string {
  return String(column).replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}
