import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { commandLine } from "./process-identity.ts";

/** A socket with a port of this machine. */
export interface ListeningSocket {
  readonly port: number;
  readonly inode: string;
}

/** The state of a listening TCP socket in /proc/net/tcp, and of an unconnected UDP socket in /proc/net/udp. */
const listening = { TCP: "0A", UDP: "07" } as const;

/** The state of a TCP connection that both ends have open. */
const established = "01";

const anyAddress = /^/;

/** Addresses in /proc/net that a wildcard IPv4 or dual-stack bind runs into: every IPv4 one, `::`, and IPv4-mapped ones. */
const overlapping = /^(?:[0-9A-F]{8}|0{32}|0{16}0000FFFF[0-9A-F]{8}|0{16}FFFF0000[0-9A-F]{8})$/;

/**
 * The listening sockets of this machine (of this network namespace) that a proxy binding all addresses would run into.
 * Empty on systems without /proc. See proc_net_tcp in the Linux kernel's documentation.
 */
export function listeningSockets(protocol: "TCP" | "UDP"): ListeningSocket[] {
  const table = protocol.toLowerCase();
  return [table, `${table}6`].flatMap((name) => readTable(`/proc/net/${name}`, listening[protocol], overlapping));
}

/** How many TCP connections to these ports of this machine a process has open. 0 when it is gone, or on systems without /proc. */
export function openConnections(pid: number, ports: readonly number[]): number {
  const own = socketsOf(pid) ?? new Set();
  const connections = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => readTable(path, established, anyAddress));
  return connections.filter(({ port, inode }) => ports.includes(port) && own.has(inode)).length;
}

function readTable(path: string, state: string, addresses: RegExp): ListeningSocket[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local, , st, , , , , , inode] = line.trim().split(/\s+/);
      const [address, port] = local?.split(":") ?? [];
      if (st !== state || inode === undefined || address === undefined || port === undefined) return [];
      return addresses.test(address) ? [{ port: Number.parseInt(port, 16), inode }] : [];
    });
}

/** The inodes of the sockets that a process has open; undefined where we may not look (it belongs to another user) or it is gone. */
export function socketsOf(pid: number): ReadonlySet<string> | undefined {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return undefined;
  }
  const inodes = descriptors.flatMap((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`).match(/^socket:\[(\d+)\]$/)?.[1] ?? [];
    } catch {
      return [];
    }
  });
  return new Set(inodes);
}

/** The process that has a socket open, as users know it: `node server.js (pid 4711)`; undefined when we may not see whose it is. */
export function holderOf(inode: string): string | undefined {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const pid = pids.find((candidate) => socketsOf(candidate)?.has(inode));
  if (pid === undefined) return undefined;
  const command = commandLine(pid)?.join(" ") ?? "";
  return `${command.length > 80 ? `${command.slice(0, 77)}...` : command || "a process"} (pid ${pid})`;
}
