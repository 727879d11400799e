/**
 * Listeners that share a port of a fleet and cannot be told apart: which of them lose. Listeners of Gateways come first, those of
 * ListenerSets compete for what is left, the older first. A change costs what it changes, however many listeners share the port.
 * Source: gateway-api v1.6, gateway_types.go (GatewaySpec.Listeners, "conflicted"); listenerset_types.go (ListenerSetSpec.Listeners).
 */
import type { Collection, Context, Graph, Group, Index, Key } from "../graph/index.ts";
import type { DeclaredListener } from "./listeners.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** What a listener asks for. Key: its seniority and place, so that collections of claims are in their order. */
interface Claim {
  readonly listener: Key;
  readonly gateway: Key;
  readonly added: boolean;
  /** Listeners of ListenerSets do not lose to one that is refused anyway. */
  readonly valid: boolean;
  readonly portKey: Key;
  readonly port: number;
  readonly family: string;
  readonly hostname: string;
}

/** A claim, and why its port speaks another protocol. */
interface JudgedClaim extends Claim {
  readonly conflict?: Problem;
}

/** Derives why listeners cannot be told apart from others. Key: the listener's; those without a conflict have no entry. */
export function deriveListenerConflicts(graph: Graph, listeners: Collection<DeclaredListener>): Collection<Problem> {
  const claims = graph.deriveMany("claims of ports", listeners, (_context, listener) => {
    const { seniority, index, added, problems } = listener;
    if (added && problems.length > 0) return [];
    return [[`${seniority} ${String(index).padStart(2, "0")}`, claimOf(listener)] as const];
  });
  const judged = judgeProtocols(graph, claims);
  return graph.union("listener conflicts", [
    graph.deriveMany("protocol conflicts", judged, (_context, { listener, conflict }) =>
      conflict === undefined ? [] : [[listener, conflict] as const],
    ),
    findHostnameConflicts(graph, judged),
  ]);
}

/** The port of a fleet that a listener is on; TCP and UDP ports do not touch each other. */
export function portKey({ scope, protocol, port }: Pick<DeclaredListener, "scope" | "protocol" | "port">): Key {
  return `${scope}|${protocol === "UDP" ? "udp" : "tcp"}|${port}`;
}

function claimOf(listener: DeclaredListener): Claim {
  const { key, gateway, added, problems, port, protocol, hostname } = listener;
  const valid = problems.length === 0;
  return { listener: key, gateway, added, valid, portKey: portKey(listener), port, family: protocolFamily(protocol), hostname };
}

/** What the listeners of a port must have in common. HTTPS and TLS listeners are told apart by SNI, so they may share one. */
export function protocolFamily(protocol: string): string {
  return protocol === "HTTPS" || protocol === "TLS" ? "HTTPS/TLS" : protocol;
}

/** Listeners on a port, and what they speak. */
type Speakers = readonly Pick<Claim, "listener" | "family">[];

/** Who on a port decides which protocol the listeners of ListenerSets may speak. */
interface Deciders {
  readonly speakers: Collection<Speakers>;
  /** What they speak. Who they are concerns only those that speak something else. */
  readonly families: Collection<readonly string[]>;
}

/**
 * A port speaks one protocol. Within one Gateway all listeners that differ lose; of several Gateways that share a fleet, the older
 * wins; a listener of a ListenerSet loses to any of a Gateway, and else to the first of a ListenerSet.
 */
function judgeProtocols(graph: Graph, claims: Collection<Claim>): Collection<JudgedClaim> {
  const own = graph.index("port of gateways", claims, ({ added, portKey }) => (added ? [] : [portKey]));
  const deciders = deriveDeciders(graph, claims, own);
  return graph.derive("claims with protocols", claims, (context, claim): JudgedClaim => {
    const rivals = claim.added ? unlikeDeciders(context, claim, deciders) : rivalGateways(context, claim, own);
    const unlike = rivals.filter(({ family }) => family !== claim.family).map(({ listener }) => listener);
    if (unlike.length === 0) return claim;
    const message = `port ${claim.port} is used with another protocol by ${unlike.join(", ")}; use one protocol for a port, or another port`;
    return { ...claim, conflict: { reason: reasons.ProtocolConflict, message } };
  });
}

function deriveDeciders(graph: Graph, claims: Collection<Claim>, own: Index<Claim>): Deciders {
  const added = graph.index("port of listener sets", claims, (claim) => (claim.added ? [claim.portKey] : []));
  const gateways = graph.group("gateways by port", own);
  // Only ports that ListenerSets ask for have deciders.
  const speakers = graph.derive(
    "deciders of ports",
    graph.group("listener sets by port", added),
    (context, { members }, port) => {
      const ofGateways = (context.get(gateways, port)?.members ?? []).filter(({ valid }) => valid);
      return speakersOf(ofGateways.length > 0 ? ofGateways : members.slice(0, 1));
    },
  );
  const families = graph.derive("protocols of ports", speakers, (_context, deciding) => [
    ...new Set(deciding.map(({ family }) => family)),
  ]);
  return { speakers, families };
}

function speakersOf(claims: readonly Claim[]): Speakers {
  return claims.map(({ listener, family }) => ({ listener, family }));
}

function unlikeDeciders(context: Context, { portKey, family }: Claim, { speakers, families }: Deciders): Speakers {
  const spoken = context.get(families, portKey) ?? [];
  return spoken.some((other) => other !== family) ? (context.get(speakers, portKey) ?? []) : [];
}

function rivalGateways(context: Context, claim: Claim, own: Index<Claim>): Speakers {
  const onPort = context.list(own, claim.portKey);
  const place = onPort.findIndex(({ listener }) => listener === claim.listener);
  return onPort.filter((other, i) => (other.gateway === claim.gateway ? i !== place : i < place));
}

/** Of listeners on a port with one protocol, each has a hostname for itself; without hostnames there can be only one. */
function findHostnameConflicts(graph: Graph, judged: Collection<JudgedClaim>): Collection<Problem> {
  const byHost = graph.index("port and hostname", judged, ({ conflict, portKey, family, hostname }) =>
    conflict === undefined ? [`${portKey}|${family}|${hostname}`] : [],
  );
  return graph.deriveMany("hostname conflicts", graph.group("claims by hostname", byHost), (_context, group) =>
    hostnameConflicts(group),
  );
}

function* hostnameConflicts({ members }: Group<JudgedClaim>): Generator<readonly [Key, Problem]> {
  if (members.length < 2) return;
  for (const claim of members) {
    const rivals = claim.added ? firstRival(members, claim) : rivalsInGateways(members, claim);
    if (rivals.length > 0) yield [claim.listener, hostnameConflict(claim, rivals)];
  }
}

function firstRival(members: readonly Claim[], claim: Claim): readonly Claim[] {
  const first = members.find(({ added, valid }) => added || valid);
  return first === undefined || first === claim ? [] : [first];
}

function rivalsInGateways(members: readonly Claim[], claim: Claim): readonly Claim[] {
  const place = members.indexOf(claim);
  return members.filter((other, i) => !other.added && (other.gateway === claim.gateway ? i !== place : i < place));
}

function hostnameConflict({ port, family, hostname }: Claim, rivals: readonly Claim[]): Problem {
  const others = rivals.map(({ listener }) => listener).join(", ");
  if (family === "TCP" || family === "UDP") {
    const message = `port ${port} is used with ${family} by ${others} too, and nothing tells the two apart; use another port`;
    return { reason: reasons.ProtocolConflict, message };
  }
  const message = `port ${port} and hostname ${hostname} are used by ${others} too; change one of them`;
  return { reason: reasons.HostnameConflict, message };
}
