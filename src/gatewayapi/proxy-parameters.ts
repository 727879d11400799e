/**
 * The EnvoyProxy that a fleet of proxies runs by: the Gateway's own, that of its class and the one of the configuration file, of
 * which the most specific replaces the others or is merged with them.
 */
import type { EnvoyProxy, EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import { envoyProxySupport } from "../api/envoy/envoy-proxy-support.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { Collection, Context, Key } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Handshake } from "../ir/upstream-tls.ts";
import { type ClientCertificates, followCertificate, readHandshake } from "./backend-tls.ts";
import type { OrMistake } from "./certificates.ts";
import { type OwnClass, parametersKind } from "./classes.ts";
import { joinProblems } from "./conditions.ts";
import { objectKey, refOf } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import { mergeLevels, mistakesOfMerge } from "./proxy-merge.ts";
import { reasons } from "./reasons.ts";
import { mergeBackendsMistake } from "./routing.ts";

/** A specification, and the object that it stands in. */
export interface SourcedSpec {
  readonly spec: EnvoyProxySpec;
  readonly source: ObjectRef;
}

/** The parameters of one Gateway's proxies. */
export interface ProxyParameters {
  readonly own?: SourcedSpec;
  /** What the proxies offer in handshakes with backends, or why that cannot be. */
  readonly backendTls?: OrMistake<Handshake>;
  /** All Gateways of the class are served by one fleet. */
  readonly merged: boolean;
  /** The parameters contradict each other: nothing can be served. */
  readonly invalid?: Problem;
  /** The parameters are missing or ask for what is not built: what can be served is served, without them. */
  readonly unresolved?: Problem;
}

/** Where parameters come from. */
export interface ParameterSources {
  readonly proxies: Collection<EnvoyProxy>;
  /** `envoyProxy` of the configuration file. */
  readonly fallback?: SourcedSpec;
  readonly clientCertificates: ClientCertificates;
  /** Where the proxies run: not every field has its effect everywhere. */
  readonly infrastructure: "Host" | "Kubernetes";
}

/** Finds the parameters of a Gateway of class `own`. */
export function resolveParameters(context: Context, gateway: Gateway, own: OwnClass, sources: ParameterSources): ProxyParameters {
  const { fallback } = sources;
  const ofClass = own.parameters === undefined ? undefined : sourced(context.get(sources.proxies, own.parameters));
  const above = { ...(ofClass && { ofClass: ofClass.spec }), ...(fallback && { fallback: fallback.spec }) };
  const shared = mergeLevels(above);
  const merged = shared?.mergeGateways === true;
  if (merged && [ofClass, fallback].some((each) => each?.spec.mergeBackends !== undefined)) {
    return { merged, invalid: invalid("mergeGateways and mergeBackends cannot be used together; remove one of them") };
  }
  const reference = merged ? undefined : gateway.spec.infrastructure?.parametersRef;
  const named = reference === undefined ? undefined : followReference(context, gateway, reference, sources);
  const spec = named?.own === undefined ? shared : mergeLevels({ ...above, ofGateway: named.own.spec });
  const levels = [named?.own, ofClass, fallback];
  const source = levels.find((level) => level !== undefined)?.source;
  const used = spec && source && { spec, source };
  const ofClient = levels.find((level) => level?.spec.backendTLS?.clientCertificateRef)?.source ?? source;
  const backendTls = readBackendTls(context, spec, ofClient?.namespace ?? "", sources);
  const ofParameters = [
    own.problem && ofClassProblem(own),
    named?.problem,
    spec && mergeProblem(spec, gateway),
    spec?.mergeBackends && sharingProblem(spec.mergeBackends, gateway),
    spec && unbuiltProblem(spec, gateway, sources),
  ];
  const ofTls =
    backendTls !== undefined && "mistake" in backendTls ? invalid(`${whose(gateway)}: ${backendTls.mistake}`) : undefined;
  const found = [...ofParameters, ofTls].filter((problem) => problem !== undefined);
  return {
    merged,
    ...(used === undefined ? {} : { own: used }),
    ...(backendTls === undefined ? {} : { backendTls }),
    ...(found.length === 0 ? {} : { unresolved: joinProblems(found) }),
  };
}

/** Reads `backendTLS`; nothing that goes wrong here may lead to connections that are less secured. */
function readBackendTls(
  context: Context,
  spec: EnvoyProxySpec | undefined,
  namespace: string,
  { clientCertificates }: ParameterSources,
): OrMistake<Handshake> | undefined {
  if (spec?.backendTLS === undefined) return undefined;
  const at = "spec.backendTLS";
  const handshake = readHandshake(spec.backendTLS, namespace, at);
  if ("mistake" in handshake) return handshake;
  return followCertificate(context, clientCertificates, handshake, at);
}

/** The key of the EnvoyProxy that a Gateway names itself; undefined where it names none. */
export function ownParametersKey(gateway: Gateway): Key | undefined {
  const reference = gateway.spec.infrastructure?.parametersRef;
  if (reference?.group !== parametersKind.group || reference.kind !== parametersKind.kind) return undefined;
  return objectKey({ namespace: gateway.metadata.namespace, name: reference.name });
}

type ParametersRef = NonNullable<NonNullable<Gateway["spec"]["infrastructure"]>["parametersRef"]>;

function followReference(
  context: Context,
  gateway: Gateway,
  reference: ParametersRef,
  sources: ParameterSources,
): { readonly own?: SourcedSpec; readonly problem?: Problem } {
  const at = "spec.infrastructure.parametersRef";
  const key = ownParametersKey(gateway);
  if (key === undefined) {
    const problem = `${at}: ${reference.kind} in group "${reference.group}" is not supported; use an EnvoyProxy in group ${parametersKind.group}`;
    return { problem: invalid(problem) };
  }
  const own = sourced(context.get(sources.proxies, key));
  if (own === undefined) {
    return { problem: invalid(`${at}: EnvoyProxy ${key} does not exist; create it or correct the reference`) };
  }
  return { own };
}

function sourced(proxy: EnvoyProxy | undefined): SourcedSpec | undefined {
  return proxy && { spec: proxy.spec, source: refOf(proxy) };
}

function ofClassProblem({ name, problem }: OwnClass): Problem {
  return invalid(`GatewayClass ${name} is not accepted: ${problem?.message}`);
}

function unbuiltProblem(spec: EnvoyProxySpec, gateway: Gateway, { infrastructure }: ParameterSources): Problem | undefined {
  const fields = envoyProxySupport(spec, infrastructure);
  if (fields.length === 0) return undefined;
  return invalid(`${whose(gateway)} uses what is not built yet in this version; remove ${fields.join(", ")}`);
}

function mergeProblem(spec: EnvoyProxySpec, gateway: Gateway): Problem | undefined {
  const mistakes = mistakesOfMerge(spec);
  return mistakes.length === 0 ? undefined : invalid(`${whose(gateway)}, merged, is not valid: ${mistakes.join("; ")}`);
}

function sharingProblem(mergeBackends: NonNullable<EnvoyProxySpec["mergeBackends"]>, gateway: Gateway): Problem | undefined {
  const mistake = mergeBackendsMistake(mergeBackends);
  return mistake === undefined ? undefined : invalid(`${whose(gateway)}: ${mistake}`);
}

function whose(gateway: Gateway): string {
  return `the EnvoyProxy of Gateway ${objectKey(gateway.metadata)}`;
}

function invalid(message: string): Problem {
  return { reason: reasons.InvalidParameters, message };
}
