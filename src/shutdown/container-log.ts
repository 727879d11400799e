import { openSync } from "node:fs";
import { type DestinationStream, destination } from "pino";

/**
 * Where log lines go: in a container of Kubernetes to the log of the container's first process, because the output of a command that
 * runs before its end is lost; else to standard output.
 */
export function openContainerLog(env: NodeJS.ProcessEnv = process.env, pid: number = process.pid): DestinationStream {
  return destination({ fd: env.KUBERNETES_SERVICE_HOST === undefined || pid === 1 ? 1 : firstProcessOutput(), sync: true });
}

function firstProcessOutput(): number {
  try {
    return openSync("/proc/1/fd/1", "a");
  } catch {
    return 1;
  }
}
