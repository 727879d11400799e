import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Access, Credentials } from "./access.ts";

/** Where Kubernetes puts the credentials of a pod. Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Tokens live for an hour or less and are replaced in their file at 80 % of it. */
const readAgainAfterMs = 60_000;

/** Whether this process runs in a pod that has credentials. */
export function isInCluster(env: NodeJS.ProcessEnv, folder: string = serviceAccountFolder): boolean {
  return env.KUBERNETES_SERVICE_HOST !== undefined && existsSync(join(folder, "token"));
}

/** Access of a pod by the token of its service account; the files are read again as they are rotated. Rejects when they are missing. */
export async function inClusterAccess(env: NodeJS.ProcessEnv, folder: string = serviceAccountFolder): Promise<Access> {
  const host = env.KUBERNETES_SERVICE_HOST ?? "kubernetes.default.svc";
  const port = env.KUBERNETES_SERVICE_PORT ?? "443";
  const read = (name: string) => readFile(join(folder, name), "utf8");
  let last: Credentials | undefined;
  let readAt = 0;
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    namespace: (await read("namespace").catch(() => "default")).trim(),
    async credentials(refused = false) {
      if (last !== undefined && !refused && Date.now() - readAt < readAgainAfterMs) return last;
      const [token, ca] = await Promise.all([read("token"), read("ca.crt")]);
      readAt = Date.now();
      const tls = last?.tls.ca === ca ? last.tls : { ca };
      last = { tls, authorization: `Bearer ${token.trim()}` };
      return last;
    },
  };
}
