/**
 * Conditions as the translator makes them: what is so, without when and without the generation, which are added by whoever
 * writes them. Source: Kubernetes API conventions, metav1.Condition.
 */
import type { Problem } from "./problem.ts";

/** A condition without times. */
export interface PureCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** A condition that holds. */
export function holds(type: string, reason: string, message: string): PureCondition {
  return { type, status: "True", reason, message };
}

/** A condition that does not hold, because of `problem`. */
export function fails(type: string, problem: Problem): PureCondition {
  return { type, status: "False", reason: problem.reason, message: bounded(problem.message) };
}

/**
 * One condition for several problems: reasons sorted and joined by commas, messages one a line, each once.
 * Throws a RangeError when there is none.
 */
export function failsForAll(type: string, problems: readonly Problem[]): PureCondition {
  return fails(type, joinProblems(problems));
}

/** Several problems as one; see `failsForAll`. */
export function joinProblems(problems: readonly Problem[]): Problem {
  if (problems.length === 0) throw new RangeError("there is no problem");
  const reasons = [...new Set(problems.map((problem) => problem.reason))].sort();
  const messages = [...new Set(problems.map((problem) => problem.message))];
  return { reason: reasons.join(","), message: messages.join("\n") };
}

/** The longest message that the API server takes, in characters. */
const longestMessage = 32768;

/** A message cut to the length that the API server takes. */
export function bounded(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}
