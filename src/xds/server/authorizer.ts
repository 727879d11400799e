/** Decides what a proxy may read. */
import type { X509Certificate } from "node:crypto";
import type { ScopeKey } from "../../ir/reference.ts";
import type { NodeIdentity } from "./discovery-request.ts";

/**
 * Gives the scope whose resources the node may read, or undefined when it may read nothing. The certificate is one that the server
 * verified against its CA; `node` is only what the client says of itself.
 */
export type NodeAuthorizer = (certificate: X509Certificate, node: NodeIdentity) => ScopeKey | undefined;

/** A client that is known. */
export interface Caller {
  /** Who it is, for the log. */
  readonly subject: string;
  /** The scope whose resources the node may read as which it presents itself; undefined: nothing. */
  scopeOf(node: NodeIdentity): ScopeKey | undefined;
}

/** Finds out who shows a bearer token; undefined for nobody that may call. Must not reject. */
export type TokenCheck = (token: string) => Promise<Caller | undefined>;

/** The holder of a verified certificate. */
export function callerByCertificate(certificate: X509Certificate, authorizer: NodeAuthorizer): Caller {
  return { subject: certificate.subject, scopeOf: (node) => authorizer(certificate, node) };
}

/**
 * Envoy Gateway's own rule: every proxy with a certificate of our CA reads the scope that it names as `node.cluster`.
 * @param roles the certificate's common names that are proxies; without it, all that the CA signed
 */
export function authorizeByNodeCluster(roles?: readonly string[]): NodeAuthorizer {
  return (certificate, node) => {
    if (node.cluster === "") return undefined;
    return roles === undefined || roles.includes(commonNameOf(certificate)) ? node.cluster : undefined;
  };
}

/** The subject's common name, or "" without one. */
function commonNameOf(certificate: X509Certificate): string {
  const line = certificate.subject.split("\n").find((part) => part.startsWith("CN="));
  return line?.slice("CN=".length) ?? "";
}
