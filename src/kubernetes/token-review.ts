import { isObject } from "../api/json-object.ts";
import type { ApiClient } from "./api-client.ts";
import { resourcePath } from "./resource-path.ts";

/** The pod that a token was given to. */
export interface TokenHolder {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
}

const path = resourcePath({ group: "authentication.k8s.io", version: "v1", plural: "tokenreviews" });

/**
 * Asks the API server whose token this is; undefined when it is not valid for `audience`, or is not bound to a pod. Rejects as the
 * connection does. Source: authentication.k8s.io/v1 TokenReview, KEP-1205.
 */
export async function reviewToken(client: ApiClient, token: string, audience: string): Promise<TokenHolder | undefined> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences: [audience] } };
  const answer = await client.request({ method: "POST", path, body, timeoutMs: 10_000 });
  const status = isObject(answer) && isObject(answer.status) ? answer.status : {};
  const { authenticated, audiences, user } = status;
  if (authenticated !== true || !Array.isArray(audiences) || !audiences.includes(audience) || !isObject(user)) return undefined;
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(user.username)) ?? [];
  const extra = isObject(user.extra) ? user.extra : {};
  const names = extra["authentication.kubernetes.io/pod-name"];
  const pod: unknown = Array.isArray(names) ? names[0] : undefined;
  if (namespace === undefined || serviceAccount === undefined || typeof pod !== "string") return undefined;
  return { namespace, serviceAccount, pod };
}
