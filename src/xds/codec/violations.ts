import type { Messages } from "#envoy/messages";
import { Checker, type Violation } from "./checker.ts";
import { envoyDescriptors } from "./descriptors.ts";

export type { Violation } from "./checker.ts";

let envoyChecker: Checker | undefined;

/**
 * The rules of Envoy's API that a message breaks, in the message and in all that it holds, packed messages too; empty when
 * Envoy will find nothing to refuse by these rules. What is malformed (unknown fields, values of the wrong type) is passed
 * over: `encode` refuses it.
 */
export function violations<Name extends keyof Messages>(name: Name, message: Messages[Name]): readonly Violation[] {
  return violationsUntyped(name, message);
}

/** As `violations`, for messages that were not checked by the compiler. */
export function violationsUntyped(name: string, message: unknown): readonly Violation[] {
  envoyChecker ??= new Checker(envoyDescriptors());
  return envoyChecker.check(name, message);
}
