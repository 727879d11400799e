import { isObject } from "../../api/json-object.ts";
import type { Kind } from "../../api/schema/kind.ts";
import { type ApiClient, isMissing } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";

/** Which version of a kind a server has. */
export interface ServedVersions {
  /** The newest of our versions that the server has of a kind; undefined when it has none. Rejects when it cannot be asked. */
  find(kind: Kind, signal: AbortSignal): Promise<string | undefined>;
}

/** Asks a server for what it serves. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
export function createServedVersions(client: ApiClient): ServedVersions {
  /** Kinds of one group that are looked for at the same time share the answer. */
  const asked = new Map<string, Promise<ReadonlySet<string>>>();
  const pluralsOf = (group: string, version: string): Promise<ReadonlySet<string>> => {
    const path = resourcePath({ group, version, plural: "" }).replace(/\/$/, "");
    const known = asked.get(path);
    if (known !== undefined) return known;
    // Not ended by the signal of one of those who wait for it.
    const plurals = client.request({ method: "GET", path }).then(pluralsIn, (error: unknown) => noneIfUnknown(client, error));
    asked.set(path, plurals);
    const forget = () => asked.delete(path);
    plurals.then(forget, forget);
    return plurals;
  };
  return {
    async find({ group, versions, plural }, signal) {
      for (const { name } of versions) {
        signal.throwIfAborted();
        if ((await pluralsOf(group, name)).has(plural)) return name;
      }
      return undefined;
    },
  };
}

function pluralsIn(answer: unknown): ReadonlySet<string> {
  const resources: readonly unknown[] = isObject(answer) && Array.isArray(answer.resources) ? answer.resources : [];
  return new Set(resources.flatMap((resource) => (isObject(resource) && typeof resource.name === "string" ? resource.name : [])));
}

/** No group is no error. But it must be the API server who says so, and not somebody before it. */
async function noneIfUnknown(client: ApiClient, error: unknown): Promise<ReadonlySet<string>> {
  if (!isMissing(error)) throw error;
  const groups = await client.request({ method: "GET", path: "/apis" });
  if (!isObject(groups) || groups.kind !== "APIGroupList") throw error;
  return new Set();
}
