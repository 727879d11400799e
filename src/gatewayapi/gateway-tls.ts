/** TLS of a whole Gateway, towards clients and backends. Source: gateway-api v1.6, gateway_types.go (GatewayTLSConfig). */
import type { Gateway } from "../api/gateway/gateway.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Context } from "../graph/index.ts";
import type { Handshake } from "../ir/upstream-tls.ts";
import { type ClientCertificates, followCertificate } from "./backend-tls.ts";
import type { OrMistake } from "./certificates.ts";
import { allValidations, type BundleStanding, type FrontendTls, readFrontendTls } from "./frontend-validation.ts";
import { objectKey } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { References } from "./references.ts";

/** What became of `spec.tls` of a Gateway. */
export interface GatewayTls {
  /** What its proxies offer in handshakes with backends, instead of what their EnvoyProxy says; absent where `backend` is. */
  readonly backendTls?: OrMistake<Handshake>;
  /** How the certificates of clients are checked. */
  readonly frontend?: FrontendTls;
  /** What is wrong with the references in it. */
  readonly problem?: Problem;
}

/** What `spec.tls` of a Gateway refers to. */
export interface GatewayTlsSources {
  readonly references: References;
  readonly clientCertificates: ClientCertificates;
  readonly bundleStandings: Collection<BundleStanding>;
}

/** Reads `spec.tls` of a Gateway; undefined where it has none. */
export function readGatewayTls(context: Context, gateway: Gateway, sources: GatewayTlsSources): GatewayTls | undefined {
  if (gateway.spec.tls === undefined) return undefined;
  const backend = readBackend(context, gateway, sources);
  const frontend = readFrontendTls(context, gateway, sources.bundleStandings);
  if (frontend === undefined) return backend;
  const problem = backend.problem ?? frontendProblem(frontend);
  return { ...backend, frontend, ...(problem === undefined ? {} : { problem }) };
}

/** As in Envoy Gateway, the Gateway says that something is wrong with its parameters, and each listener what. */
function frontendProblem(frontend: FrontendTls): Problem | undefined {
  const problems = allValidations(frontend).flatMap(({ problem }) => problem ?? []);
  if (problems.length === 0) return undefined;
  return { reason: reasons.InvalidParameters, message: problems.map(({ message }) => message).join("\n") };
}

function readBackend(
  context: Context,
  { metadata: { namespace }, spec: { tls } }: Gateway,
  { references, clientCertificates }: GatewayTlsSources,
): GatewayTls {
  if (tls?.backend === undefined) return {};
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
  const backendTls = followCertificate(context, clientCertificates, { certificate }, at);
  return "mistake" in backendTls ? failed(reasons.InvalidClientCertificateRef, backendTls.mistake) : { backendTls };
}

function failed(reason: string, message: string): GatewayTls {
  return { backendTls: { mistake: message }, problem: { reason, message } };
}
