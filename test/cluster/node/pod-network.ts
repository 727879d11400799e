/** The network namespace of a pod: an address of its own, routed to the node. */
import { execFile, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { promisify } from "node:util";
import { nodeAddress, nthAddress } from "../addresses.ts";

const run = promisify(execFile);

/** A pod's network. */
export interface PodNetwork {
  /** Name of the network namespace. */
  readonly namespace: string;
  readonly address: string;
  remove(): Promise<void>;
}

/** Opens a connection to a port on the loopback interface of a pod. */
export function dialInside({ namespace }: PodNetwork, port: number): Duplex {
  const relay = `const pod = require("node:net").connect(${port}, "127.0.0.1");
    pod.on("error", ({ message }) => { console.error(message); process.exit(1); });
    process.stdin.pipe(pod).pipe(process.stdout);`;
  const child = spawn("nsenter", [`--net=/run/netns/${namespace}`, process.execPath, "--eval", relay]);
  return Duplex.from({ readable: child.stdout, writable: child.stdin });
}

/** Makes networks; addresses are not used again soon, as clients may still know them. */
export function createPodNetworks(): () => Promise<PodNetwork> {
  let count = 0;
  return async () => {
    const index = count++;
    const [namespace, device, address] = [`pod-${index}`, `pod${index}`, nthAddress("10.244", index % 50_000)];
    await run("sh", [
      "-ec",
      `ip netns add ${namespace}
       ip link add ${device} type veth peer name eth0 netns ${namespace}
       ip link set ${device} up
       ip route replace ${address}/32 dev ${device} src ${nodeAddress}
       ip -n ${namespace} -batch - <<EOF
link set lo up
link set eth0 up
addr add ${address}/32 dev eth0
route add ${nodeAddress}/32 dev eth0 scope link
route add default via ${nodeAddress} dev eth0
EOF
       nsenter --net=/run/netns/${namespace} sysctl --quiet --write net.ipv4.ip_unprivileged_port_start=0`,
    ]);
    return {
      namespace,
      address,
      // The pair of devices goes with either of them, the namespace when its last process is gone.
      remove: async () => {
        await run("sh", ["-c", `ip link del ${device}; ip netns del ${namespace}`]).catch(() => undefined);
      },
    };
  };
}
