/** An API server that keeps objects in memory, as far as programs that write single objects need one. */
import { type ApiClient, ApiError, type ApiRequest } from "../../src/kubernetes/api-client.ts";

/** The server, what it holds by path, and what it was asked. */
export interface MemoryCluster {
  readonly client: ApiClient;
  readonly objects: Map<string, MemoryObject>;
  readonly requests: ApiRequest[];
}

/** An object of any kind. */
export interface MemoryObject {
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/**
 * Starts empty. `react` stands for controllers: called after each write with the object's path and what was written, it gives what the object
 * becomes.
 */
export function memoryCluster(
  react: (path: string, object: MemoryObject) => MemoryObject = (_, object) => object,
): MemoryCluster {
  const objects = new Map<string, MemoryObject>();
  const requests: ApiRequest[] = [];
  let version = 0;
  const keep = (path: string, object: MemoryObject): MemoryObject => {
    const metadata = { ...object.metadata, resourceVersion: String(++version) };
    const kept = react(path, { ...object, metadata });
    objects.set(path, kept);
    return kept;
  };
  const answer = ({ method, path, query, body }: ApiRequest): unknown => {
    const there = objects.get(path);
    const given = body as MemoryObject;
    switch (method) {
      case "POST":
        return keep(`${path}/${given.metadata.name}`, given);
      case "PATCH":
        return keep(path, { ...there, ...given, metadata: { ...there?.metadata, ...given.metadata } });
      case "PUT":
        if (there === undefined) throw missing(path);
        return keep(path, given);
      case "DELETE":
        if (!objects.delete(path)) throw missing(path);
        return {};
      case "GET":
        return there ?? list(objects, path, query?.labelSelector);
    }
  };
  const client: ApiClient = {
    request: async (request) => {
      requests.push(request);
      return structuredClone(answer(request));
    },
    watch: () => {
      throw new Error("this cluster has no watches");
    },
    close: () => {},
  };
  return { client, objects, requests };
}

/** The objects of a collection, of all namespaces where the path names none. A path to a single object is missing. */
function list(objects: MemoryCluster["objects"], path: string, selector: unknown): { readonly items: readonly MemoryObject[] } {
  if (!isCollection(path)) throw missing(path);
  const wanted = String(selector ?? "")
    .split(",")
    .filter((part) => part !== "");
  const [root = "", plural = ""] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
  const items = [...objects].flatMap(([key, object]) => {
    const below = key.startsWith(`${root}/`) ? key.slice(root.length + 1).split("/") : [];
    const here =
      (below.length === 2 && below[0] === plural) || (below.length === 4 && below[0] === "namespaces" && below[2] === plural);
    const labels = object.metadata.labels ?? {};
    const fits = wanted.every((part) => labels[part.split("=")[0] ?? ""] === part.split("=")[1]);
    return here && fits ? [object] : [];
  });
  return { items };
}

/** Objects have an even number of parts below the version, collections an odd one. */
function isCollection(path: string): boolean {
  const parts = path.split("/").slice(1);
  return (parts.length - (parts[0] === "api" ? 2 : 3)) % 2 === 1;
}

function missing(path: string): ApiError {
  return new ApiError(404, "NotFound", `${path} not found`);
}
