/** etcd and the API server with its controllers, as daemons. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../src/kubernetes/api-client.ts";
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

/** Waits until the API server answers. Throws when it does not within a minute. */
export async function apiServerReady(client: ApiClient): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    try {
      await client.request({ method: "GET", path: "/api/v1/namespaces/default", timeoutMs: 2_000 });
      return;
    } catch (error) {
      last = error;
    }
  }
  throw new Error("the API server did not get ready within 60 s", { cause: last });
}

/** The programs' paths, by the names of their daemons. */
export function serverCommands({ etcd, kubelite }: Binaries): { readonly etcd: string; readonly "api-server": string } {
  return { etcd, "api-server": kubelite };
}
