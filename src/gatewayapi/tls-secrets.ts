/** The Secrets that proxies need to end TLS. */
import type { Collection, Graph } from "../graph/index.ts";
import type { HttpListener, TlsSecret } from "../ir/xds.ts";
import type { Objects } from "./objects.ts";

/** Derives, for each fleet, the Secrets that its listeners present. A changed Secret runs nothing but its own entry. */
export function deriveTlsSecrets(graph: Graph, objects: Objects, listeners: Collection<HttpListener>): Collection<TlsSecret> {
  const bySecret = graph.index("secret", listeners, ({ scope, tls }) => (tls?.certificates ?? []).map((name) => `${scope}|${name}`));
  return graph.derive("tls secrets", graph.group("users of secrets", bySecret), (context, { key, members }) => {
    const [first] = members;
    if (first === undefined) return undefined;
    const { scope } = first;
    const name = key.slice(scope.length + 1);
    const data = context.get(objects.Secret, name)?.data ?? {};
    const { "tls.crt": certificateChain, "tls.key": privateKey, "tls.ocsp-staple": ocspStaple } = data;
    if (certificateChain === undefined || privateKey === undefined) return undefined;
    const users = members.map(({ source }) => source);
    return { scope, name, users, certificateChain, privateKey, ...(ocspStaple === undefined ? {} : { ocspStaple }) };
  });
}
