/** How a gateway of a test stands, for whoever finds out why the test failed. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PureCondition } from "../../src/gatewayapi/conditions.ts";
import type { ObjectStatus } from "../../src/gatewayapi/status/object-status.ts";

/** The most lines that are told of one log. */
const mostLines = 30;

/** All conditions of an object, of all its parents or ancestors. */
export function conditionsOf({ status }: ObjectStatus): readonly PureCondition[] {
  if ("parents" in status) return status.parents.flatMap(({ conditions }) => conditions);
  return "conditions" in status ? status.conditions : status.ancestors.flatMap(({ conditions }) => conditions);
}

/**
 * Tells the conditions of Gateways and those of others that are not as users want them, the last lines of the log that warn, and what
 * the proxies wrote last.
 * @param folder where the logs of the proxies are, at any depth
 */
export function accountOf(statuses: Iterable<readonly [key: string, ObjectStatus]>, log: string, folder: string): string {
  const conditions = [...statuses].flatMap(([key, status]) =>
    conditionsOf(status)
      .filter((condition) => condition.status !== "True" || status.object.kind === "Gateway")
      .map(({ type, status: value, reason, message }) => `${key} ${type}=${value} ${reason}: ${message}`),
  );
  const warnings = log.split("\n").filter((line) => /\t(?:WARN|ERROR)\t/.test(line));
  const ofProxies = globSync("**/envoy.log", { cwd: folder }).flatMap((file) => [
    `${file}:`,
    ...tail(readFileSync(join(folder, file), "utf8").split("\n")),
  ]);
  return ["conditions:", ...conditions, "warnings:", ...tail(warnings), ...ofProxies].join("\n");
}

function tail(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line !== "").slice(-mostLines);
}
