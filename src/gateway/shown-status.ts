/** Objects with their statuses, as they are shown where no API server keeps them. */
import { isObject } from "../api/json-object.ts";

/** The lists of a status whose entries belong to the controllers that they name. Source: gateway-api v1.6, RouteStatus and PolicyStatus. */
const sharedLists = ["parents", "ancestors"] as const;

/** An object with our word about it. What it says itself of other controllers stays, before ours. */
export function withStatus<T extends object>(object: T, status: object | undefined, controllerName: string): T {
  if (status === undefined) return object;
  const given = "status" in object ? object.status : undefined;
  const lists = sharedLists.flatMap((name) => {
    const others = entriesOf(given, name).filter((entry) => isOfAnother(entry, controllerName));
    return others.length === 0 ? [] : [[name, [...others, ...entriesOf(status, name)]] as const];
  });
  return { ...object, status: { ...status, ...Object.fromEntries(lists) } };
}

function isOfAnother(entry: unknown, controllerName: string): boolean {
  return isObject(entry) && typeof entry.controllerName === "string" && entry.controllerName !== controllerName;
}

function entriesOf(status: unknown, name: string): readonly unknown[] {
  const list = isObject(status) ? status[name] : undefined;
  return Array.isArray(list) ? list : [];
}
