/** The Secrets that proxies need to end TLS. */
import type { Collection, Graph } from "../graph/index.ts";
import type { HttpListener, TlsSecret } from "../ir/xds.ts";
import type { OrMistake, StoredCertificate } from "./certificates.ts";
import type { Objects } from "./objects.ts";

/** Derives, for each fleet, the Secrets that its listeners present. A changed Secret runs nothing but its own entry. */
export function deriveTlsSecrets(
  graph: Graph,
  objects: Objects,
  stored: Collection<OrMistake<StoredCertificate>>,
  listeners: Collection<HttpListener>,
): Collection<TlsSecret> {
  const bySecret = graph.index("secret", listeners, ({ scope, tls }) =>
    (tls?.certificates ?? []).map((name) => `${scope}|${name}`),
  );
  return graph.derive("tls secrets", graph.group("users of secrets", bySecret), (context, { key, members }) => {
    const [first] = members;
    if (first === undefined) return undefined;
    const { scope } = first;
    const name = key.slice(scope.length + 1);
    const certificate = context.get(stored, name);
    const { "tls.key": privateKey } = context.get(objects.Secret, name)?.data ?? {};
    // A listener presents only what could be read.
    if (certificate === undefined || "mistake" in certificate || privateKey === undefined) return undefined;
    const { chain: certificateChain, ocspStaple } = certificate;
    return {
      scope,
      name,
      users: members.map(({ source }) => source),
      certificateChain,
      privateKey,
      ...(ocspStaple === undefined ? {} : { ocspStaple }),
    };
  });
}
