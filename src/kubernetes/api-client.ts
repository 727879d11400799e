/** What the rest of the program needs of a Kubernetes API server: requests and watches, and errors in the server's own words. */

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path of the resource, as `resourcePath` makes it. */
  readonly path: string;
  /** Query parameters; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` where left out. Server-side apply is `application/apply-patch+yaml`, which JSON is too. */
  readonly contentType?: "application/json" | "application/apply-patch+yaml" | "application/merge-patch+json";
  /** What the answer shall be; `application/json` where left out. Objects can be asked for with their metadata alone. */
  readonly accept?: string;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the request is given up; 30,000 where left out. */
  readonly timeoutMs?: number;
}

/** A change of a watched collection (meta/v1 WatchEvent); of an ERROR, `object` is a meta/v1 Status. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** A connection to one API server. */
export interface ApiClient {
  /** Sends a request and resolves with the decoded answer. Rejects with an `ApiError` for what the server refuses, else with the error of the connection. */
  request(request: ApiRequest): Promise<unknown>;
  /** Opens a watch (`watch=true` is added to the query). Ends when the server ends it or the signal is aborted; throws as `request` rejects. */
  watch(request: Pick<ApiRequest, "path" | "query" | "accept" | "signal">): AsyncIterable<WatchEvent>;
  /** Closes idle connections. */
  close(): void;
}

/**
 * A request that makes fields of an object what `body` says, whoever set them before; fields that it does not name stay.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function serverSideApply(path: string, body: object, fieldManager: string): ApiRequest {
  return { method: "PATCH", path, query: { fieldManager, force: true }, contentType: "application/apply-patch+yaml", body };
}

/** How long the server asks to wait before the next try, in milliseconds; 0 where it does not, or the error is another. */
export function retryAfterMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
}

/** An answer of the API server that refuses a request (meta/v1 Status). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status code: 404 not found, 409 conflict, 410 gone, 422 invalid … */
  readonly code: number;
  /** `reason` of the Status, in CamelCase: NotFound, AlreadyExists, Conflict, Expired … */
  readonly reason: string;
  /** Seconds that the server asks to wait before trying again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Whether the API server says that there is no such object, or no such kind. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** Whether the API server says that the object is another one than was read, or is there already. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}
