/**
 * Plain HTTP listeners that share a port of a fleet: the proxy tells them apart only once it has read a request, so that what holds for
 * connections holds for all of them.
 */
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import type { ListenerPolicy } from "./listener-policies.ts";
import { boundPort, type ListenerVerdict } from "./listener-verdicts.ts";

/** A plain HTTP listener that takes traffic. */
interface PlainListener {
  readonly key: Key;
  readonly port: Key;
  readonly parent: Key;
  readonly gateway: Key;
}

/** The plain HTTP listeners, by port, and how many there are. */
export interface SharedPorts {
  readonly listeners: Collection<PlainListener>;
  readonly byPort: Index<PlainListener>;
  /** By port, by port and parent, and by port and Gateway. */
  readonly counts: Collection<number>;
}

/** Derives the plain HTTP listeners of each port. */
export function deriveSharedPorts(graph: Graph, verdicts: Collection<ListenerVerdict>): SharedPorts {
  const listeners = graph.derive("plain listeners", verdicts, (_context, verdict): PlainListener | undefined => {
    const { key, scope, parent, gateway, protocol, ready } = verdict;
    return ready && protocol === "HTTP" ? { key, port: `${scope}|${boundPort(verdict)}`, parent, gateway } : undefined;
  });
  const counted = graph.index("port and owner", listeners, ({ port, parent, gateway }) => [
    port,
    `${port}|parent ${parent}`,
    `${port}|gateway ${gateway}`,
  ]);
  const counts = graph.aggregate<PlainListener, number>("plain listeners by port", counted, {
    zero: 0,
    add: (count) => count + 1,
    remove: (count) => count - 1,
  });
  return { listeners, byPort: graph.index("port", listeners, ({ port }) => [port]), counts };
}

/** How many listeners are named at most: more help nobody. */
const mostNamed = 5;

/**
 * The listeners that share the port of a listener although its policy is not for them, as far as they are named; none where the
 * policy is for all.
 */
export function strangersOnPort(context: Context, ports: SharedPorts, key: Key, policy: ListenerPolicy): readonly Key[] {
  const own = context.get(ports.listeners, key);
  if (own === undefined) return [];
  const { port, parent, gateway } = own;
  const count = (of: Key) => context.get(ports.counts, of) ?? 0;
  const companions = {
    listener: 1,
    "listener set": count(`${port}|parent ${parent}`),
    gateway: count(`${port}|gateway ${gateway}`),
  }[policy.reach];
  if (companions >= count(port)) return [];
  const isStranger = (other: PlainListener) =>
    policy.reach === "listener"
      ? other.key !== key
      : policy.reach === "listener set"
        ? other.parent !== parent
        : other.gateway !== gateway;
  return context
    .list(ports.byPort, port)
    .filter(isStranger)
    .slice(0, mostNamed)
    .map(({ key: of }) => of);
}
