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
  readonly onPort: Collection<number>;
  /** Of one parent, and of one Gateway. Keys: see `ownedKey`. */
  readonly ofParent: Collection<number>;
  readonly ofGateway: Collection<number>;
}

/** Derives the plain HTTP listeners of each port. */
export function deriveSharedPorts(graph: Graph, verdicts: Collection<ListenerVerdict>): SharedPorts {
  const listeners = graph.derive("plain listeners", verdicts, (_context, verdict): PlainListener | undefined => {
    const { key, scope, parent, gateway, protocol, ready } = verdict;
    return ready && protocol === "HTTP" ? { key, port: `${scope}|${boundPort(verdict)}`, parent, gateway } : undefined;
  });
  const byPort = graph.index("port", listeners, ({ port }) => [port]);
  const byParent = graph.index("port and parent", listeners, ({ port, parent }) => [ownedKey(port, parent)]);
  const byGateway = graph.index("port and gateway", listeners, ({ port, gateway }) => [ownedKey(port, gateway)]);
  return {
    listeners,
    byPort,
    onPort: graph.aggregate("plain listeners of ports", byPort, counting),
    ofParent: graph.aggregate("plain listeners of parents", byParent, counting),
    ofGateway: graph.aggregate("plain listeners of gateways", byGateway, counting),
  };
}

const counting = { zero: 0, add: (count: number) => count + 1, remove: (count: number) => count - 1 };

function ownedKey(port: Key, owner: Key): Key {
  return `${port}|${owner}`;
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
  const all = context.get(ports.onPort, port) ?? 0;
  const companions = {
    listener: () => 1,
    "listener set": () => context.get(ports.ofParent, ownedKey(port, parent)) ?? 0,
    gateway: () => context.get(ports.ofGateway, ownedKey(port, gateway)) ?? 0,
  };
  if (companions[policy.reach]() >= all) return [];
  const isStranger = {
    listener: (other: PlainListener) => other.key !== key,
    "listener set": (other: PlainListener) => other.parent !== parent,
    gateway: (other: PlainListener) => other.gateway !== gateway,
  }[policy.reach];
  return context
    .list(ports.byPort, port)
    .filter(isStranger)
    .slice(0, mostNamed)
    .map(({ key: of }) => of);
}
