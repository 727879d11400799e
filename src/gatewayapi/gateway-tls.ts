/** TLS of a whole Gateway, towards backends. Source: gateway-api v1.6, gateway_types.go (GatewayBackendTLS). */
import type { Gateway } from "../api/gateway/gateway.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Context } from "../graph/index.ts";
import type { Handshake } from "../ir/upstream-tls.ts";
import { type ClientCertificates, certificateMistake } from "./backend-tls.ts";
import type { OrMistake } from "./certificates.ts";
import { objectKey } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { References } from "./references.ts";

/** What became of `spec.tls` of a Gateway. */
export interface GatewayTls {
  /** What its proxies offer in handshakes with backends, instead of what their EnvoyProxy says; absent where `backend` is. */
  readonly backendTls?: OrMistake<Handshake>;
  /** What is wrong with the references in it. */
  readonly problem?: Problem;
}

/** Reads `spec.tls` of a Gateway; undefined where it has none. */
export function readGatewayTls(
  context: Context,
  { metadata: { namespace }, spec: { tls } }: Gateway,
  references: References,
  certificates: ClientCertificates,
): GatewayTls | undefined {
  if (tls?.backend === undefined) return tls === undefined ? undefined : {};
  const { clientCertificateRef: ref } = tls.backend;
  if (ref === undefined) return { backendTls: {} };
  const at = "spec.tls.backend";
  if (ref.kind !== "Secret" || ref.group !== "") {
    const message = `${at}.clientCertificateRef: ${ref.kind} of group "${ref.group}" holds no certificate; use a Secret`;
    return failed(reasons.InvalidClientCertificateRef, message);
  }
  const target = { group: "", kind: "Secret", namespace: ref.namespace ?? namespace, name: ref.name };
  const certificate = objectKey(target);
  if (!references.permitted(context, { group: gatewayGroup, kind: "Gateway", namespace }, target)) {
    const message = `${at}.clientCertificateRef: no ReferenceGrant in namespace ${target.namespace} lets Gateways of namespace ${namespace} use Secret ${certificate}`;
    return failed(reasons.RefNotPermitted, message);
  }
  const mistake = certificateMistake(context, certificates, { certificate }, at);
  return mistake === undefined ? { backendTls: { certificate } } : failed(reasons.InvalidClientCertificateRef, mistake);
}

function failed(reason: string, message: string): GatewayTls {
  return { backendTls: { mistake: message }, problem: { reason, message } };
}
