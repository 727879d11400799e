/**
 * The EnvoyProxy that a fleet of proxies runs by: the Gateway's own, that of its class and the one of the configuration file, of
 * which the most specific replaces the others or is merged with them.
 */
import type { EnvoyProxy, EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import { envoyProxySupport } from "../api/envoy/envoy-proxy-support.ts";
import type { Gateway } from "../api/gateway/gateway.ts";
import type { Collection, Context, Key } from "../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";
import type { Handshake } from "../ir/upstream-tls.ts";
import { type ClientCertificates, followCertificate, readHandshake } from "./backend-tls.ts";
import type { OrMistake } from "./certificates.ts";
import { type OwnClass, parametersKind } from "./classes.ts";
import { joinProblems } from "./conditions.ts";
import { objectKey, refOf } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import { mergeLevels, mistakesOfMerge, type ProxyLevels } from "./proxy-merge.ts";
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
  /**
   * The parameters are missing, not valid or ask for what is not built: what can be served is served, as the fleet was made, or
   * without them.
   */
  readonly unresolved?: Problem;
  /** The parameters contradict each other; Envoy Gateway then serves nothing. */
  readonly contradictory?: true;
}

/** Where parameters come from. */
export interface ParameterSources {
  readonly proxies: Collection<EnvoyProxy>;
  /** `envoyProxy` of the configuration file. */
  readonly fallback?: SourcedSpec;
  readonly clientCertificates: ClientCertificates;
  /** The parameters that a fleet runs with; undefined where there is none. */
  readonly applied: (context: Context, scope: ScopeKey) => SourcedSpec | "none" | undefined;
  /** Where the proxies run: not every field has its effect everywhere. */
  readonly infrastructure: "Host" | "Kubernetes";
}

/** Finds the parameters of a Gateway of class `own`. */
export function resolveParameters(context: Context, gateway: Gateway, own: OwnClass, sources: ParameterSources): ProxyParameters {
  const { levels, problems: found } = levelsOf(context, gateway, own, sources);
  const asked = mergeLevels(specsOf(levels));
  const problems = [...found, ...(asked === undefined ? [] : mistakesOf(asked, gateway, levels, sources))];
  const merged = asked?.mergeGateways === true;
  const applied = problems.length === 0 ? undefined : appliedTo(context, gateway, own, merged, sources);
  const source = sourceOf(levels);
  const used = applied === undefined ? asked && source && { spec: asked, source } : applied.parameters;
  const ofClient = applied === undefined ? clientSourceOf(levels) : undefined;
  const backendTls = readBackendTls(context, used?.spec, (ofClient ?? used?.source)?.namespace ?? "", sources);
  const ofTls = backendTls !== undefined && "mistake" in backendTls ? [invalid(`${whose(gateway)}: ${backendTls.mistake}`)] : [];
  const told = [...problems, ...ofTls];
  return {
    merged: applied?.merged ?? merged,
    ...(used === undefined ? {} : { own: used }),
    ...(backendTls === undefined ? {} : { backendTls }),
    ...(told.length === 0 ? {} : { unresolved: joinProblems(told) }),
    ...(asked !== undefined && contradicts(asked, levels) ? { contradictory: true } : {}),
  };
}

/** The levels of parameters that there are, the most specific first. */
interface Levels {
  readonly ofGateway?: SourcedSpec;
  readonly ofClass?: SourcedSpec;
  readonly fallback?: SourcedSpec;
}

/** Follows the references to parameters. The Gateway's own do not count where it shares its proxies. */
function levelsOf(
  context: Context,
  gateway: Gateway,
  own: OwnClass,
  sources: ParameterSources,
): { readonly levels: Levels; readonly problems: readonly Problem[] } {
  const { fallback } = sources;
  const ofClass = own.parameters === undefined ? undefined : sourced(context.get(sources.proxies, own.parameters));
  const above: Levels = { ...(ofClass && { ofClass }), ...(fallback && { fallback }) };
  const merged = mergeLevels(specsOf(above))?.mergeGateways === true;
  const reference = merged ? undefined : gateway.spec.infrastructure?.parametersRef;
  const named = reference === undefined ? undefined : followReference(context, gateway, reference, sources);
  const problems = [own.problem && ofClassProblem(own), named?.problem].filter((problem) => problem !== undefined);
  return { levels: { ...(named?.own && { ofGateway: named.own }), ...above }, problems };
}

function specsOf({ ofGateway, ofClass, fallback }: Levels): ProxyLevels {
  return {
    ...(ofGateway && { ofGateway: ofGateway.spec }),
    ...(ofClass && { ofClass: ofClass.spec }),
    ...(fallback && { fallback: fallback.spec }),
  };
}

function sourceOf({ ofGateway, ofClass, fallback }: Levels): ObjectRef | undefined {
  return (ofGateway ?? ofClass ?? fallback)?.source;
}

/** The object that names the client certificate, to which the reference is relative. */
function clientSourceOf({ ofGateway, ofClass, fallback }: Levels): ObjectRef | undefined {
  return [ofGateway, ofClass, fallback].find((level) => level?.spec.backendTLS?.clientCertificateRef)?.source;
}

/** What is wrong with parameters that are there. */
function mistakesOf(spec: EnvoyProxySpec, gateway: Gateway, levels: Levels, sources: ParameterSources): readonly Problem[] {
  if (contradicts(spec, levels)) return [invalid("mergeGateways and mergeBackends cannot be used together; remove one of them")];
  const found = [
    mergeProblem(spec, gateway),
    spec.mergeBackends && sharingProblem(spec.mergeBackends, gateway),
    unbuiltProblem(spec, gateway, sources),
  ];
  return found.filter((problem) => problem !== undefined);
}

/** Gateways that share proxies cannot have their routes share clusters, too, wherever the two are asked for. */
function contradicts({ mergeGateways }: EnvoyProxySpec, { ofClass, fallback }: Levels): boolean {
  return mergeGateways === true && [ofClass, fallback].some((level) => level?.spec.mergeBackends !== undefined);
}

/** The parameters that a Gateway's fleet runs with. */
interface Applied {
  readonly merged: boolean;
  /** Left out: it runs without. */
  readonly parameters?: SourcedSpec;
}

/**
 * What the fleet of a Gateway runs with, for as long as its parameters cannot be followed: it was started for these, and its Service leads to
 * the ports and addresses that they say. Undefined where there is no fleet yet.
 */
function appliedTo(
  context: Context,
  gateway: Gateway,
  own: OwnClass,
  merged: boolean,
  { applied }: ParameterSources,
): Applied | undefined {
  const ways = [
    { scope: own.name, merged: true },
    { scope: objectKey(gateway.metadata), merged: false },
  ];
  for (const way of merged || own.problem !== undefined ? ways : ways.reverse()) {
    const found = applied(context, way.scope);
    if (found !== undefined) return { merged: way.merged, ...(found !== "none" && { parameters: found }) };
  }
  return undefined;
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
