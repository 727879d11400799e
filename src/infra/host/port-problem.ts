import { readFileSync } from "node:fs";
import type { InfraPort } from "../../ir/infra.ts";
import { holderOf, type ListeningSocket, listeningSockets, socketsOf } from "./listening-sockets.ts";

/** What decides whether a proxy can listen on a port. */
export interface PortRights {
  /** Ports below this one need a capability. */
  readonly firstUnprivileged: number;
  /** Whether a proxy that we start has CAP_NET_BIND_SERVICE. */
  readonly mayBindPrivileged: boolean;
}

/**
 * Why a fleet cannot listen on its ports, in words for the user, or undefined when it can. A port on which only `envoys`
 * (their pids) listen is fine. Without this, a second proxy of the same user would silently share the port, because Envoy listens with SO_REUSEPORT.
 */
export function portProblem(
  ports: readonly InfraPort[],
  envoys: readonly number[],
  rights: PortRights = portRights(),
): string | undefined {
  const sockets = {
    TCP: listeningSockets("TCP"),
    UDP: ports.some(({ protocol }) => protocol === "UDP") ? listeningSockets("UDP") : [],
  };
  const own = new Set(envoys.flatMap((pid) => [...(socketsOf(pid) ?? [])]));
  const told = new Set<string>();
  for (const { protocol, containerPort } of ports) {
    const onPort = sockets[protocol].filter(({ port }) => port === containerPort);
    const problem = problemOf(containerPort, onPort, own, rights);
    if (problem !== undefined) told.add(problem);
  }
  return told.size === 0 ? undefined : [...told].join("; ");
}

function problemOf(
  port: number,
  sockets: readonly ListeningSocket[],
  own: ReadonlySet<string>,
  rights: PortRights,
): string | undefined {
  const foreign = sockets.find(({ inode }) => !own.has(inode));
  if (foreign !== undefined) {
    const holder = holderOf(foreign.inode) ?? "a process of another user";
    return `port ${port} is taken by ${holder}: stop it, or give the listener another port`;
  }
  if (sockets.length > 0 || port >= rights.firstUnprivileged || rights.mayBindPrivileged) return undefined;
  return (
    `port ${port} needs CAP_NET_BIND_SERVICE: run as root, or run "sysctl net.ipv4.ip_unprivileged_port_start=${port}", ` +
    `or give the listener a port above ${rights.firstUnprivileged - 1}`
  );
}

const capNetBindService = 1n << 10n;

/** The rights of a proxy started by this process. Without /proc: of a usual user. See capabilities(7). */
export function portRights(): PortRights {
  const start = Number(read("/proc/sys/net/ipv4/ip_unprivileged_port_start") ?? 1024);
  // What survives the execve of Envoy: for root the bounding set, for others the ambient set.
  const set = process.geteuid?.() === 0 ? "CapBnd" : "CapAmb";
  const mask = read("/proc/self/status")?.match(new RegExp(`^${set}:\\s*([0-9a-f]+)`, "m"))?.[1] ?? "0";
  return { firstUnprivileged: start, mayBindPrivileged: (BigInt(`0x${mask}`) & capNetBindService) !== 0n };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
