/** Which routes may attach to a listener. Source: gateway-api v1.6, gateway_types.go (AllowedRoutes). */

import type { Namespace } from "../api/core/namespace.ts";
import type { Listener, RouteGroupKind } from "../api/gateway/listener.ts";
import type { LabelSelector } from "../api/gateway/selector.ts";
import type { Collection, Context } from "../graph/index.ts";
import { selectorMistake, selects } from "./label-selector.ts";
import type { ListenerProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** The namespaces that routes may come from. */
export type AllowedNamespaces =
  | { readonly from: "All" | "Same" | "None" }
  | { readonly from: "Selector"; readonly selector: LabelSelector };

/** Reads `namespaces` of `allowedRoutes`, or of another `field` that is like it. A selector that is missing or wrong selects nothing, and that is a problem of the listener. */
export function readAllowedNamespaces(
  { from, selector }: Listener["allowedRoutes"]["namespaces"],
  field = "allowedRoutes",
): {
  readonly allowed: AllowedNamespaces;
  readonly problem?: ListenerProblem;
} {
  if (from !== "Selector") return { allowed: { from } };
  const mistake = selector === undefined ? 'is missing; `from: "Selector"` needs one' : selectorMistake(selector);
  if (selector !== undefined && mistake === undefined) return { allowed: { from, selector } };
  const message = `${field}.namespaces.selector ${mistake}`;
  return { allowed: { from: "None" }, problem: { condition: "Programmed", reason: reasons.Invalid, message } };
}

/** Whether objects of `namespace` may attach to what is in `ownNamespace`. Reads labels only where they count. */
export function allowsNamespace(
  context: Context,
  namespaces: Collection<Namespace>,
  allowed: AllowedNamespaces,
  ownNamespace: string,
  namespace: string,
): boolean {
  switch (allowed.from) {
    case "All":
      return true;
    case "None":
      return false;
    case "Same":
      return namespace === ownNamespace;
    case "Selector": {
      const object = context.get(namespaces, namespace);
      return object !== undefined && selects(allowed.selector, object.metadata.labels ?? {});
    }
  }
}

/** Whether routes of a kind may attach, given what the listener supports. */
export function allowsKind(supported: readonly RouteGroupKind[], route: RouteGroupKind): boolean {
  return supported.some(({ group, kind }) => group === route.group && kind === route.kind);
}
