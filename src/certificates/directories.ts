/** Where Envoy Gateway keeps its files on a machine without Kubernetes (XDG Base Directory Specification). */
import { homedir, tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/** Absolute paths. */
export interface HostDirectories {
  /** Configuration and certificates. */
  readonly config: string;
  /** Things downloaded. */
  readonly data: string;
  /** Logs and other state of runs. */
  readonly state: string;
  /** Sockets and files that mean nothing after a restart. */
  readonly runtime: string;
}

/**
 * The directories of the user who runs the process, under `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME` and the temporary
 * directory (`TMPDIR`). A path in one of these that is not absolute counts as not set, as the specification asks for.
 */
export function hostDirectories(env: Readonly<Record<string, string | undefined>> = process.env): HostDirectories {
  const home = env.HOME || homedir();
  const under = (base: string | undefined, fallback: string) =>
    join(base !== undefined && isAbsolute(base) ? base : join(home, fallback), "envoy-gateway");
  return {
    config: under(env.XDG_CONFIG_HOME, ".config"),
    data: under(env.XDG_DATA_HOME, ".local/share"),
    state: under(env.XDG_STATE_HOME, ".local/state"),
    runtime: join(env.TMPDIR !== undefined && isAbsolute(env.TMPDIR) ? env.TMPDIR : tmpdir(), `envoy-gateway-${userInfo().uid}`),
  };
}
