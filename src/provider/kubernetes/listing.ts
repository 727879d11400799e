import { isObject } from "../../api/json-object.ts";
import { type ApiClient, ApiError, type ApiRequest } from "../../kubernetes/api-client.ts";
import { refusalOfStatus } from "../../kubernetes/refusal.ts";
import { type StoredObject, storedObject } from "./stored-object.ts";

/** What is listed or watched: the objects at a path. */
export type ListRequest = Pick<ApiRequest, "path" | "accept" | "query"> & { readonly signal: AbortSignal };

/** Objects in one page of a list. */
const pageSize = 500;

/** The annotation of the bookmark that ends the first events of a streamed list. Source: KEP-3157. */
const initialEventsEnd = "k8s.io/initial-events-end";

/**
 * Lists in pages, at one version of the whole, handing on each object as it comes; resolves with that version. When the version is
 * given up by the server meanwhile (410), the list is begun once more and in one piece; `restart` is called before.
 */
export async function listPaged(
  client: ApiClient,
  request: ListRequest,
  each: (object: StoredObject, deleted: boolean) => void,
  restart: () => void,
): Promise<string> {
  let token: string | undefined;
  let limit: number | undefined = pageSize;
  for (;;) {
    const query: ApiRequest["query"] = { ...request.query, limit, continue: token };
    try {
      const page = pageOf(await client.request({ ...request, method: "GET", query }));
      for (const item of page.items) each(storedObject(item), false);
      token = page.next;
      if (token === undefined) return page.version;
    } catch (error) {
      if (token === undefined || !isGone(error)) throw error;
      restart();
      token = undefined;
      limit = undefined;
    }
  }
}

/**
 * Lists by a watch that begins with all there is (streaming list, KEP-3157), which costs the server less. Resolves with the version of
 * the whole; rejects with an `ApiError` of a server that does not know how. What is deleted meanwhile is told, too.
 */
export async function listStreamed(
  client: ApiClient,
  request: ListRequest,
  each: (object: StoredObject, deleted: boolean) => void,
): Promise<string> {
  const query = {
    ...request.query,
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    resourceVersionMatch: "NotOlderThan",
    timeoutSeconds: 60,
  };
  for await (const { type, object } of client.watch({ ...request, query })) {
    if (type === "ERROR") throw refusalOfStatus(object, `GET ${request.path}`);
    const stored = storedObject(object, type);
    if (type !== "BOOKMARK") each(stored, type === "DELETED");
    else if (stored.metadata.annotations?.[initialEventsEnd] === "true") return stored.metadata.resourceVersion;
  }
  throw new ApiError(422, "Invalid", `GET ${request.path}: the streamed list did not end`);
}

/** Whether the version that was asked for is no longer known to the server. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly next: string | undefined;
}

function pageOf(answer: unknown): Page {
  const { metadata, items } = isObject(answer) ? answer : {};
  if (!isObject(metadata) || typeof metadata.resourceVersion !== "string") throw new TypeError("the answer to a list is no list");
  const next = typeof metadata.continue === "string" && metadata.continue !== "" ? metadata.continue : undefined;
  // A list without items may say null.
  return { items: Array.isArray(items) ? items : [], version: metadata.resourceVersion, next };
}
