/**
 * The addresses of a cluster. Each cluster has a network namespace of its own without a way out, so all have the same. None is a
 * loopback address: the API server refuses those in EndpointSlices.
 */

/** The one node: API server, DNS server and log server listen here. */
export const nodeAddress = "10.244.0.1";

/** The name of the node. */
export const nodeName = "node-0";

/** Pods have addresses 10.244.1.0 and above of this range. */
export const podRange = "10.244.0.0/16";

/** Cluster IPs of Services. */
export const serviceRange = "10.96.0.0/16";

/** The Service `kubernetes`: the first address of the range. */
export const serviceAddressOfApiServer = "10.96.0.1";

/** Addresses of Services of type LoadBalancer are 172.18.1.0 and above of this range; those below 172.18.9.0 are given out, others may be asked for. */
export const loadBalancerRange = "172.18.0.0/16";

/** An address that Gateways may ask for: nothing else has it. */
export const freeAddress = "172.18.9.250";

/** Where the API server listens. */
export const apiServerUrl = `https://${nodeAddress}:6443`;

/** The port of the node's own HTTPS server, which the API server asks for the logs of pods. */
export const nodePort = 10250;

/** The address of a pod or a load balancer, counted from the start of its range's second part. */
export function nthAddress(prefix: "10.244" | "172.18", index: number): string {
  return `${prefix}.${1 + (index >> 8)}.${index & 255}`;
}
