import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";

/** Makes a server listen on a free port of the loopback interface, and gives the port. */
export function listenAnywhere(server: Server, host = "127.0.0.1"): Promise<number> {
  return listenOn(server, 0, host);
}

/** Makes a server listen on a port that `freePort` gave, and gives it. */
export function listenOn(server: Server, port: number, host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** Where servers seldom listen; clusters take what comes after for their nodes. */
const first = 20_000;
const last = lastBelow(firstEphemeral());

/** What the next search begins with: anywhere, so that two runs at once seldom meet. */
let next = first + Math.floor(Math.random() * (last - first));

/**
 * A port that is free for TCP and UDP, and is so still when whoever is told of it binds it: the system gives it neither to outgoing
 * connections nor to servers that ask for any port, and this process gives it only once. Rejects when there is none left.
 */
export async function freePort(): Promise<number> {
  for (let tried = first; tried <= last && given.size <= last - first; tried++) {
    const port = next;
    next = port === last ? first : port + 1;
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no port between ${first} and ${last} is free that was not given before`);
}

const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket("udp4");
  try {
    await listenOn(server, port, "0.0.0.0");
    socket.bind(port, "0.0.0.0");
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([closed(server), closed(socket)]);
  }
}

function closed(open: Server | Socket): Promise<void> {
  return new Promise((resolve) => {
    if ("listening" in open && !open.listening) resolve();
    else open.close(() => resolve());
  });
}

/** The first of the ports that the system gives unasked; without /proc that of IANA (RFC 6335, section 6). See ip(7). */
function firstEphemeral(): number {
  try {
    return Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10);
  } catch {
    return 49_152;
  }
}

/** Where the system gives nearly all ports unasked, those have to do. */
function lastBelow(ephemeral: number): number {
  const most = 29_999;
  return ephemeral - first < 1000 ? most : Math.min(most, ephemeral - 1);
}
