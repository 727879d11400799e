/** The network of a cluster's node, in the network namespace that the caller is in. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { loadBalancerRange, nodeAddress, serviceRange } from "./addresses.ts";

const settings = ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"];

/**
 * Gives the network namespace its addresses. Services' addresses are local, so that one without a rule for its traffic refuses
 * connections instead of losing them. The namespaces of pods get names that nobody outside sees.
 */
export function prepareNetwork(): void {
  mkdirSync("/run/netns", { recursive: true });
  run("mount", "-t", "tmpfs", "tmpfs", "/run/netns");
  // Envoys keep their shared memory here, etcd its data.
  run("mount", "-t", "tmpfs", "tmpfs", "/dev/shm");
  run("ip", "link", "set", "lo", "up");
  run("ip", "addr", "add", `${nodeAddress}/32`, "dev", "lo");
  for (const range of [serviceRange, loadBalancerRange]) {
    run("ip", "route", "add", "local", range, "dev", "lo", "src", nodeAddress);
  }
  run("sysctl", "--quiet", "--write", ...settings);
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
}
