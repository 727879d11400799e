import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";

/** The IP addresses of this machine that a user can reach a proxy on, the best first. */
export interface HostAddresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/**
 * The addresses of a fleet on this machine: `spec.addresses` of the Gateway as written when there are any (the machine may stand
 * behind an address translator that it knows nothing of), else the address that other machines reach this one at, and loopback.
 */
export function fleetAddresses(infra: ProxyInfra, host: HostAddresses): InfraReport["addresses"] {
  if (infra.addresses.length > 0) {
    return infra.addresses.map((value) => ({ type: isIP(value) === 0 ? "Hostname" : "IPAddress", value }));
  }
  const family = ipFamily(infra.proxy);
  const values = [...(family === "IPv6" ? [] : host.ipv4), ...(family === "IPv4" ? [] : host.ipv6)];
  return values.map((value) => ({ type: "IPAddress", value }));
}

function ipFamily(proxy: unknown): "IPv4" | "IPv6" | "DualStack" {
  const family = typeof proxy === "object" && proxy !== null && "ipFamily" in proxy ? proxy.ipFamily : undefined;
  return family === "IPv6" || family === "DualStack" ? family : "IPv4";
}

/** Finds the addresses of this machine: of the interface with the default route, else of the first that is up; loopback comes last. */
export async function findHostAddresses(): Promise<HostAddresses> {
  const [ipv4, ipv6] = await Promise.all([sourceAddress("udp4", "192.0.2.1"), sourceAddress("udp6", "2001:db8::1")]);
  return {
    ipv4: unique([ipv4 ?? firstAddress("IPv4"), "127.0.0.1"]),
    ipv6: unique([ipv6 ?? firstAddress("IPv6"), "::1"]),
  };
}

function unique(addresses: readonly (string | undefined)[]): string[] {
  return [...new Set(addresses.filter((address) => address !== undefined))];
}

/**
 * The address that the kernel would send from. Connecting a datagram socket looks up the route and sends nothing; the targets
 * are documentation addresses (RFC 5737, RFC 3849).
 */
function sourceAddress(type: "udp4" | "udp6", target: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(type);
    const end = (address?: string) => {
      socket.close();
      resolve(address);
    };
    socket.once("error", () => end());
    socket.connect(9, target, () => end(socket.address().address));
  });
}

function firstAddress(family: "IPv4" | "IPv6"): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((address) => address.family === family && !address.internal && !address.address.startsWith("fe80:"))?.address;
}
