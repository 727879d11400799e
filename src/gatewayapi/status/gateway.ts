import type { Gateway } from "../../api/gateway/gateway.ts";
import type { Collection, Graph, Index, Key } from "../../graph/index.ts";
import type { InfraReport, SyncReport } from "../../ir/infra.ts";
import { fails, failsForAll, holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { allValidations } from "../frontend-validation.ts";
import type { OwnGateway } from "../gateways.ts";
import type { ListenerVerdict } from "../listener-verdicts.ts";
import { statusKey } from "../object-ref.ts";
import type { ObjectProblem, Problem } from "../problem.ts";
import { reasons } from "../reasons.ts";
import { listenerStatus } from "./listener.ts";
import type { GatewayStatusBody, ObjectStatus } from "./object-status.ts";

/** The most addresses that a status may hold. */
const mostAddresses = 16;

/** What comes back from proxies and infrastructure. */
export interface Reports {
  readonly infraReports: Collection<InfraReport>;
  readonly syncReports: Collection<SyncReport>;
}

/** All that the statuses of Gateways depend on besides the verdicts. */
export interface GatewayStatusSources extends Reports {
  /** The listeners of a parent, by its `statusKey`. */
  readonly listeners: Index<ListenerVerdict>;
  /** How many ListenerSets each Gateway has. */
  readonly attachedSets: Collection<number>;
}

/** Derives the statuses of our Gateways. `problems` is indexed by `statusKey`. */
export function deriveGatewayStatuses(
  graph: Graph,
  { gateways, fleetFeatures, attachedRoutes, objects }: Verdicts,
  reports: GatewayStatusSources,
  problems: Index<ObjectProblem>,
): Collection<ObjectStatus> {
  return graph.deriveMany("status of gateways", gateways, (context, own) => {
    const gateway = context.get(objects.Gateway, own.key);
    if (gateway === undefined) return [];
    const object = { kind: "Gateway", namespace: own.namespace, name: own.name };
    const found = context.list(problems, statusKey(object));
    const verdicts = [...context.list(reports.listeners, statusKey(object))].sort((a, b) => a.index - b.index);
    const infra = context.get(reports.infraReports, own.scope);
    const sync = context.get(reports.syncReports, own.scope);
    const features = context.get(fleetFeatures, own.scope);
    const ofParameters = features === undefined ? [] : context.list(problems, statusKey(features.source));
    const ofOurs = ofParameters.filter(({ scope }) => scope === undefined || scope === own.scope);
    const told = ({ reason, message }: Problem) => ({ reason, message: `the EnvoyProxy of Gateway ${own.key}: ${message}` });
    const outcome = {
      own,
      mistakes: (features?.problems ?? []).map(told),
      gateway,
      verdicts,
      infra,
      sync,
      problems: [...found.filter(({ object: { sectionName } }) => sectionName === undefined), ...ofOurs.map(told)],
    };
    const sets = context.get(reports.attachedSets, own.key);
    const status: GatewayStatusBody = {
      addresses: own.refused === undefined ? (infra?.addresses ?? []).slice(0, mostAddresses) : [],
      conditions: [accepted(outcome), programmed(outcome), ...resolvedRefs(own), ...insecureMode(own)],
      listeners: verdicts.map((verdict) =>
        listenerStatus(verdict, context.get(attachedRoutes, verdict.key) ?? 0, problemsOf(found, verdict.name)),
      ),
      ...(sets === undefined ? {} : { attachedListenerSets: sets }),
    };
    return [[statusKey(object), { object, status }] as const];
  });
}

/** All that the conditions of a Gateway depend on. */
interface Outcome {
  readonly own: OwnGateway;
  /** What is wrong with the parameters of its proxies. */
  readonly mistakes: readonly Problem[];
  readonly gateway: Gateway;
  readonly verdicts: readonly ListenerVerdict[];
  readonly infra: InfraReport | undefined;
  readonly sync: SyncReport | undefined;
  readonly problems: readonly Problem[];
}

function problemsOf(problems: readonly ObjectProblem[], listener: Key): readonly Problem[] {
  return problems.filter(({ object }) => object.sectionName === listener);
}

function accepted({ own, mistakes, verdicts }: Outcome): PureCondition {
  const { refused, unresolved, mistake } = own;
  const told = refused === undefined ? [unresolved, mistake, ...mistakes] : [refused];
  const found = told.filter((problem) => problem !== undefined);
  if (found.length > 0) return failsForAll("Accepted", found);
  const invalid = verdicts.filter(({ ready }) => !ready);
  if (invalid.length === 0) return holds("Accepted", reasons.Accepted, "The Gateway and all its listeners are valid");
  const names = invalid.map(({ name }) => name).join(", ");
  if (invalid.length < verdicts.length) {
    return holds(
      "Accepted",
      reasons.ListenersNotValid,
      `The Gateway is valid, but not its listeners ${names}; their conditions say why`,
    );
  }
  return fails("Accepted", {
    reason: reasons.ListenersNotValid,
    message: `no listener is valid (${names}); their conditions say why`,
  });
}

/** Told only of Gateways that refer to something by themselves. */
function resolvedRefs({ tls }: OwnGateway): readonly PureCondition[] {
  if (tls === undefined) return [];
  if (tls.problem !== undefined) return [fails("ResolvedRefs", tls.problem)];
  return [holds("ResolvedRefs", reasons.ResolvedRefs, "All that the Gateway refers to is there")];
}

/** Told only while it is so. */
function insecureMode({ tls, refused }: OwnGateway): readonly PureCondition[] {
  if (tls?.frontend === undefined || refused !== undefined) return [];
  if (allValidations(tls.frontend).every(({ required }) => required)) return [];
  const message =
    "spec.tls.frontend: in mode AllowInsecureFallback, clients without a valid certificate are let in, too; use AllowValidOnly to turn them away";
  return [holds("InsecureFrontendValidationMode", reasons.ConfigurationChanged, message)];
}

function programmed(outcome: Outcome): PureCondition {
  const { own, infra, sync, problems } = outcome;
  if (own.refused !== undefined) {
    return fails("Programmed", {
      reason: reasons.Invalid,
      message: "the Gateway is not accepted, so nothing is configured for it",
    });
  }
  const problem = infraProblem(outcome) ?? syncProblem(sync, infra?.configured);
  if (problem !== undefined) return fails("Programmed", problem);
  if (problems.length > 0) return failsForAll("Programmed", problems);
  const { available = 0, desired = 0 } = infra?.replicas ?? {};
  const all = infra?.addresses.length ?? 0;
  const untold = all > mostAddresses ? `; only the first ${mostAddresses} of ${all} addresses are told` : "";
  const message = `The proxies have taken the configuration; ${available} of ${desired} are available${untold}`;
  return holds("Programmed", reasons.Programmed, message);
}

function infraProblem({ gateway, infra }: Outcome): Problem | undefined {
  if (infra?.problem !== undefined) return { reason: reasons.NoResources, message: infra.problem };
  const hostname = gateway.spec.addresses?.find(({ type }) => type === "Hostname");
  if (hostname !== undefined) {
    const message = `spec.addresses: a Hostname (${hostname.value ?? "any"}) cannot be given to proxies; use addresses of type IPAddress`;
    return { reason: reasons.AddressNotUsable, message };
  }
  if (infra === undefined || infra.addresses.length === 0) {
    return { reason: reasons.AddressNotAssigned, message: "the proxies have no address yet" };
  }
  if (infra.replicas.available === 0) {
    return { reason: reasons.NoResources, message: `none of ${infra.replicas.desired} proxies is available yet` };
  }
  return undefined;
}

/** What is made from routes and their backends: their statuses tell of it, and one of them must not make a Gateway of all look bad. */
const ofBackends = [".Cluster", ".ClusterLoadAssignment"];

/** @param configured what is available is known to have been configured, if not by this replica of the control plane */
function syncProblem(sync: SyncReport | undefined, configured = false): Problem | undefined {
  if (sync === undefined || sync.connected === 0) {
    if (configured) return undefined;
    return { reason: reasons.Pending, message: "no proxy has connected to the control plane yet" };
  }
  const ours = sync.rejections.filter(({ typeUrl }) => !ofBackends.some((type) => typeUrl.endsWith(type)));
  if (ours.length > 0 && ours.every(({ unbound }) => unbound)) {
    const told = ours.map(({ message }) => message).join("; ");
    return { reason: reasons.NoResources, message: `the proxies try again until they can listen: ${told}` };
  }
  if (ours.length > 0) {
    const told = ours.map(
      ({ typeUrl, resources, message }) => `${typeUrl.split(".").at(-1)} ${resources.join(", ")}: ${message}`,
    );
    return { reason: reasons.Invalid, message: `proxies refused part of the configuration: ${told.join("; ")}` };
  }
  if (!sync.serving && sync.rejections.length === 0)
    return { reason: reasons.Pending, message: `waiting for ${sync.connected} proxies to take the configuration` };
  return undefined;
}
