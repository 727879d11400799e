/** Single objects of a cluster: where they are, how they are applied, found, deleted and waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, isMissing, serverSideApply } from "../kubernetes/api-client.ts";
import { type ResourceAddress, resourcePath } from "../kubernetes/resource-path.ts";

/** What names an object. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** An object as an API server gives it, as far as it matters here. */
export interface StoredObject extends ObjectName {
  readonly metadata: ObjectName["metadata"] & {
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** An object in words: `Deployment envoy-gateway-system/envoy-gateway`. */
export function describeObject({ kind, metadata: { namespace, name } }: ObjectName): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The path of an object. */
export function objectPath({ apiVersion, kind, metadata: { namespace, name } }: ObjectName): string {
  return resourcePath({ ...collectionOf(apiVersion, kind), name, ...(namespace !== undefined && { namespace }) });
}

/** The collection of a kind. The kinds that an installation has are in the plural what English makes of them. */
export function collectionOf(apiVersion: string, kind: string): Pick<ResourceAddress, "group" | "version" | "plural"> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, plural: `${kind.replace(/y$/, "ie")}s`.toLowerCase() };
}

/** Makes an object what it says, by server-side apply; fields that others set and it does not name stay. */
export async function applyObject(client: ApiClient, object: ObjectName): Promise<void> {
  await client.request(serverSideApply(objectPath(object), object, "egctl"));
}

/** The object as it is; undefined when it is not there. */
export async function findObject(client: ApiClient, object: ObjectName): Promise<StoredObject | undefined> {
  try {
    return (await client.request({ method: "GET", path: objectPath(object) })) as StoredObject;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Deletes an object, what it owns in the background; false when it was not there. */
export async function deleteObject(client: ApiClient, object: ObjectName): Promise<boolean> {
  try {
    await client.request({ method: "DELETE", path: objectPath(object), query: { propagationPolicy: "Background" } });
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** How to wait: until when, and whom to tell what is waited for. */
export interface Patience {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Called with a line for the user when there is something new. */
  tell(line: string): void;
}

/**
 * Asks again and again until `missing` finds nothing missing. Rejects at the deadline with what was missing last; `missing` may throw
 * to end the wait early.
 */
export async function waitFor(missing: () => Promise<string | undefined>, { deadline, tell }: Patience): Promise<void> {
  let told: string | undefined;
  for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
    const what = await missing();
    if (what === undefined) return;
    if (Date.now() >= deadline) throw new Error(`gave up waiting: ${what}`);
    if (what !== told) tell(what);
    told = what;
    await sleep(pause);
  }
}
