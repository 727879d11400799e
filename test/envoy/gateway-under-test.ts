/** A whole control plane with real Envoys, in a folder of its own and on free ports, for tests that send requests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EnvoyGateway } from "../../src/api/config/envoy-gateway.ts";
import { standaloneConfig } from "../../src/api/config/standalone-config.ts";
import { type ControlPlane, startControlPlane } from "../../src/gateway/server.ts";
import type { PureCondition } from "../../src/gatewayapi/conditions.ts";
import { scopeDirectoryName } from "../../src/infra/host/directories.ts";
import { adminAddressOf } from "../../src/infra/host/running-envoys.ts";
import { createLogs } from "../../src/log/logger.ts";
import { bearWitness, eventually } from "./eventually.ts";
import { accountOf, conditionsOf } from "./gateway-account.ts";

/** What a file holds: objects, as one JSON document each, or the text or bytes as they are. */
export type FileContent = string | Uint8Array | readonly object[];

/** A running gateway. */
export interface GatewayUnderTest {
  readonly controlPlane: ControlPlane;
  /** The folder whose files are served. */
  readonly folder: string;
  /** All log lines so far. */
  log(): string;
  /** Writes a file into the folder. */
  write(file: string, content: FileContent): void;
  remove(file: string): void;
  /** The process that serves the Gateway `default/eg` (or another scope). */
  envoyPid(scope?: string): number;
  /** What the admin interface of that Envoy answers at `path`. */
  envoyAdmin(path: string, scope?: string): Promise<string>;
  /** Waits until a condition of an object (`Kind/namespace/name`) has that status, and gives it. */
  condition(key: string, type: string, status: PureCondition["status"]): Promise<PureCondition>;
  stop(): Promise<void>;
}

/** Starts a gateway over `files`, with `extensionApis` switched on beside the usual. Ends with everything removed by `stop`. */
export async function startGateway(
  files: Readonly<Record<string, FileContent>>,
  extensionApis: Partial<EnvoyGateway["extensionApis"]> = {},
): Promise<GatewayUnderTest> {
  const root = mkdtempSync(join(tmpdir(), "gateway-"));
  const folder = join(root, "objects");
  const write = (file: string, content: FileContent) => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, isText(content) ? content : content.map((object) => JSON.stringify(object)).join("\n---\n"));
  };
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) write(file, content);
  let log = "";
  const logs = createLogs({ level: { default: "debug" } }, { write: (line) => (log += line) });
  const controlPlane = await startControlPlane({
    config: configOf(root, folder, extensionApis),
    logs,
    ports: { xds: 0, admin: 0, health: 0, metrics: 0 },
  });
  const silence = bearWitness(() => accountOf(controlPlane.pipeline.statuses.entries(), log, root));
  return {
    controlPlane,
    folder,
    log: () => log,
    write,
    remove: (file) => rmSync(join(folder, file)),
    envoyPid: (scope = "default/eg") => pidInLog(log, scope),
    envoyAdmin: (path, scope = "default/eg") => askAdmin(join(root, "run"), path, scope),
    condition: (key, type, status) => condition(controlPlane, key, type, status),
    async stop() {
      silence();
      await controlPlane.stop();
      rmSync(root, { recursive: true });
    },
  };
}

function isText(content: FileContent): content is string | Uint8Array {
  return typeof content === "string" || content instanceof Uint8Array;
}

function configOf(root: string, folder: string, extensionApis: Partial<EnvoyGateway["extensionApis"]>): EnvoyGateway {
  const config = standaloneConfig([folder]);
  const at = (name: string) => join(root, name);
  const host = { configHome: at("config"), dataHome: at("data"), stateHome: at("state"), runtimeDir: at("run") };
  const custom = { resource: { type: "File", file: { paths: [folder] } }, infrastructure: { type: "Host", host } } as const;
  return { ...config, provider: { type: "Custom", custom }, extensionApis: { ...config.extensionApis, ...extensionApis } };
}

async function askAdmin(runtime: string, path: string, scope: string): Promise<string> {
  const directories = { config: runtime, data: runtime, state: runtime, runtime };
  const response = await fetch(`http://${adminAddressOf(directories, scopeDirectoryName(scope))}${path}`);
  return response.text();
}

function pidInLog(log: string, scope: string): number {
  const lines = log.split("\n").filter((line) => line.includes("started Envoy") && line.includes(`"proxy":"${scope}"`));
  return Number(lines.at(-1)?.match(/"pid":(\d+)/)?.[1]);
}

function condition({ pipeline }: ControlPlane, key: string, type: string, status: string): Promise<PureCondition> {
  return eventually(`${key} never had ${type}=${status}`, () => {
    const found = pipeline.statuses.get(key);
    return found && conditionsOf(found).find((condition) => condition.type === type && condition.status === status);
  });
}
