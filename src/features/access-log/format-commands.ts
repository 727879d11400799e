import { isCuttable, parameterOf, takesParameter } from "./command-operators.ts";

/**
 * Says what Envoy would refuse about a format, in words that follow the path of the field; undefined where nothing. One format
 * that it refuses would take the whole listener with it.
 */
export function formatMistake(format: string): string | undefined {
  for (const piece of format.matchAll(pieces)) {
    const mistake = pieceMistake(piece, format);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

/** An escaped `%`; a command: operator, parameter, length; or a `%` that begins neither. */
const pieces = /%%|%([A-Z0-9_]+)(?:\((.*?)\))?(?::(\d+))?%|%/g;

function pieceMistake({ 0: command, 1: operator, 2: parameter = "", 3: length, index }: RegExpExecArray, format: string) {
  if (command === "%%") return undefined;
  if (operator === undefined) {
    return `"${format.slice(index, index + 30).trimEnd()}" begins no command; write %% for a percent sign`;
  }
  const expected = parameterOf(operator);
  if (expected === undefined) return `${command}: Envoy knows no command operator ${operator}`;
  if (expected === "always" && parameter === "") return `${command}: ${operator} needs a parameter: %${operator}(...)%`;
  if (expected === "never" && parameter !== "") return `${command}: ${operator} takes no parameter; write %${operator}%`;
  if (parameter !== "" && !takesParameter(operator, parameter)) return `${command}: ${operator} takes no such parameter`;
  if (length !== undefined && !isCuttable(operator)) return `${command}: ${operator} cannot be cut; remove :${length}`;
  return undefined;
}
