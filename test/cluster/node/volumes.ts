/** The volumes of a pod as folders of the machine. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ApiClient } from "../../../src/kubernetes/api-client.ts";
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { fieldOf, type ReadData } from "./environment.ts";
import type { KeyedData, KeyToPath, Pod, Volume, VolumeSource } from "./objects.ts";

/** Content by path in the volume. */
type Files = Map<string, Buffer | string>;

/** Volumes of one pod. */
export interface Volumes {
  /** The folder of each, by name. */
  readonly folders: Readonly<Record<string, string>>;
  /** Brings the content up to date with the Secrets and ConfigMaps that it comes from, and tokens to their full lifetime. */
  refresh(): Promise<void>;
}

/** Makes a pod's volumes below `home`. Rejects when a Secret or ConfigMap is not there (yet). */
export async function createVolumes(
  client: ApiClient,
  read: ReadData,
  pod: Pod,
  address: string,
  home: string,
): Promise<Volumes> {
  const volumes = pod.spec.volumes ?? [];
  const folders = Object.fromEntries(volumes.map(({ name }) => [name, join(home, name)]));
  const fill = async ({ name, emptyDir, projected, ...source }: Volume) => {
    const folder = join(home, name);
    mkdirSync(folder, { recursive: true });
    if (emptyDir !== undefined) return chmodSync(folder, 0o777);
    const files: Files = new Map();
    for (const part of projected === undefined ? [source] : (projected.sources ?? [])) {
      for (const [path, content] of await filesOf(client, read, pod, address, part)) files.set(path, content);
    }
    replaceFiles(folder, files);
  };
  const refresh = async () => {
    for (const volume of volumes) await fill(volume);
  };
  await refresh();
  return { folders, refresh };
}

async function filesOf(client: ApiClient, read: ReadData, pod: Pod, address: string, source: VolumeSource): Promise<Files> {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  const namespace = pod.metadata.namespace ?? "";
  if (secret !== undefined) {
    const name = secret.secretName ?? secret.name ?? "";
    const { data = {} } = await readOptional(read("secrets", namespace, name), secret.optional);
    return chosen(decode(data), secret.items);
  }
  if (configMap !== undefined) {
    const found = await readOptional(read("configmaps", namespace, configMap.name), configMap.optional);
    return chosen(new Map([...Object.entries(found.data ?? {}), ...decode(found.binaryData ?? {})]), configMap.items);
  }
  if (downwardAPI !== undefined) {
    const items = downwardAPI.items ?? [];
    return new Map(items.map(({ path, fieldRef }) => [path, fieldOf(pod, address, fieldRef?.fieldPath ?? "")]));
  }
  if (serviceAccountToken !== undefined) {
    return new Map([[serviceAccountToken.path, await requestToken(client, pod, serviceAccountToken)]]);
  }
  throw new Error(`pods cannot have volumes like ${Object.keys(source).join(", ")}`);
}

async function readOptional(reading: Promise<KeyedData>, optional = false): Promise<Pick<KeyedData, "data" | "binaryData">> {
  try {
    return await reading;
  } catch (error) {
    if (optional && error instanceof ApiError && error.code === 404) return {};
    throw error;
  }
}

function decode(data: Readonly<Record<string, string>>): Files {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

function chosen(files: Files, items: readonly KeyToPath[] | undefined): Files {
  if (items === undefined) return files;
  return new Map(items.flatMap(({ key, path }) => (files.has(key) ? [[path, files.get(key) ?? ""] as const] : [])));
}

async function requestToken(client: ApiClient, pod: Pod, { audience, expirationSeconds = 3600 }: TokenSource): Promise<string> {
  const name = pod.spec.serviceAccountName ?? "default";
  const account = { group: "", version: "v1", plural: "serviceaccounts", namespace: pod.metadata.namespace ?? "", name };
  const answer = (await client.request({
    method: "POST",
    path: resourcePath({ ...account, subresource: "token" }),
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        ...(audience === undefined ? {} : { audiences: [audience] }),
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata.uid },
      },
    },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

type TokenSource = NonNullable<VolumeSource["serviceAccountToken"]>;

/**
 * Replaces all files at once: they are links through `..data`, which is a link to the folder of the current version. Programs that watch
 * their files see what they see on any node.
 */
function replaceFiles(folder: string, files: Files): void {
  const version = `..${digest(files)}`;
  const data = join(folder, "..data");
  const old = existsSync(data) ? readlinkSync(data) : undefined;
  if (old === version) return;
  for (const [path, content] of files) {
    const target = join(folder, version, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  mkdirSync(join(folder, version), { recursive: true });
  symlinkSync(version, `${data}.new`);
  renameSync(`${data}.new`, data);
  for (const top of new Set([...files.keys()].map((path) => path.split("/")[0] ?? path))) {
    if (!existsSync(join(folder, top))) symlinkSync(join("..data", top), join(folder, top));
  }
  if (old !== undefined) rmSync(join(folder, old), { recursive: true, force: true });
}

function digest(files: Files): string {
  const hash = createHash("sha256");
  for (const [path, content] of files) hash.update(path).update("\0").update(content).update("\0");
  return hash.digest("hex").slice(0, 16);
}
