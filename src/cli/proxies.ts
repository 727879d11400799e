import type { Command } from "commander";
import { type AdminPlace, askAdmin, withAdminOption } from "./admin-client.ts";

/** A fleet's proxy: `namespace/name` of its Gateway, or the GatewayClass where Gateways are merged. */
export interface NamedProxy extends AdminPlace {
  readonly namespace: string;
  readonly owner: string;
}

/** Which proxies a command is about. */
export interface ProxyChoice {
  readonly admin: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
}

/** Adds the options that choose proxies. */
export function withProxyOptions(command: Command): Command {
  return withAdminOption(command)
    .option("-n, --namespace <namespace>", "namespace of the Gateway", "default")
    .option("-A, --all-namespaces", "the proxies of all Gateways");
}

/**
 * The proxies of a Gateway (`eg`, `default/eg`), of a GatewayClass, or, without a name, of all Gateways of the namespace. Rejects
 * with a sentence that names those there are when there is none.
 */
export async function chooseProxies(
  name: string | undefined,
  { admin, namespace, allNamespaces }: ProxyChoice,
): Promise<NamedProxy[]> {
  const all = (await askAdmin(admin, "/api/proxies")) as readonly {
    readonly scope: string;
    readonly owner: { readonly namespace: string; readonly name: string };
    readonly adminAddress?: string;
  }[];
  const proxies = all.map(({ scope, owner, adminAddress }) => ({
    name: scope,
    namespace: owner.namespace,
    owner: owner.name,
    adminAddress,
  }));
  const chosen = proxies.filter((proxy) => {
    const here = allNamespaces || proxy.namespace === namespace || proxy.namespace === "";
    return name === undefined ? here : proxy.name === name || (here && proxy.owner === name);
  });
  if (chosen.length > 0) return chosen;
  const there = proxies.length === 0 ? "there are none" : `there are ${proxies.map((proxy) => proxy.name).join(", ")}`;
  throw new Error(name === undefined ? `no proxies in namespace ${namespace}: ${there}` : `no proxy ${name}: ${there}`);
}
