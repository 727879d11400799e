/** etcd and the API server with its controllers, as daemons. */
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { apiServerUrl, nodeAddress, serviceRange } from "./addresses.ts";
import type { Binaries } from "./binaries.ts";
import type { Credentials } from "./credentials.ts";

const etcdUrl = "http://127.0.0.1:2379";

/** The arguments of etcd: in memory, and without waiting for a disk. */
export function etcdArguments(): string[] {
  return [
    "--data-dir=/dev/shm/etcd",
    "--unsafe-no-fsync",
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--log-level=warn",
  ];
}

/** The arguments of kubelite: its own, then those of kube-apiserver. */
export function apiServerArguments(credentials: Credentials): string[] {
  return [
    credentials.kubeconfig,
    credentials.authority,
    "--",
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${nodeAddress}`,
    `--advertise-address=${nodeAddress}`,
    `--secure-port=${new URL(apiServerUrl).port}`,
    `--tls-cert-file=${credentials.certificate}`,
    `--tls-private-key-file=${credentials.key}`,
    `--client-ca-file=${credentials.authority}`,
    `--token-auth-file=${credentials.tokens}`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-signing-key-file=${credentials.accountKey}`,
    `--service-account-key-file=${credentials.accountPublicKey}`,
    `--service-cluster-ip-range=${serviceRange}`,
    "--allow-privileged=true",
    "--enable-priority-and-fairness=false",
    "--profiling=false",
    "--max-requests-inflight=0",
    "--max-mutating-requests-inflight=0",
    "--shutdown-delay-duration=0s",
  ];
}

/** Waits until the API server is ready for everything. Throws when it is not within three minutes. */
export async function apiServerReady({ authority }: Credentials): Promise<void> {
  const ca = readFileSync(authority);
  for (const end = Date.now() + 180_000; Date.now() < end; await sleep(100)) if (await isReady(ca)) return;
  throw new Error("the API server did not get ready within 180 s");
}

function isReady(ca: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { ca, agent: false, timeout: 2_000 };
    const outgoing = get(new URL("/readyz", apiServerUrl), options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    outgoing.on("timeout", () => outgoing.destroy()).on("error", () => resolve(false));
  });
}

/** The programs' paths, by the names of their daemons. */
export function serverCommands({ etcd, kubelite }: Binaries): { readonly etcd: string; readonly "api-server": string } {
  return { etcd, "api-server": kubelite };
}
