import { isObject } from "../api/json-object.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import { resourcePath } from "../kubernetes/resource-path.ts";
import type { Logger } from "../log/logger.ts";
import type { TokenCheck } from "../xds/server/authorizer.ts";

/** How tokens of proxies are judged. */
export interface ProxyTokenOptions {
  readonly client: ApiClient;
  /** Whom tokens must be meant for. */
  readonly audience: string;
  /** The ServiceAccount of a fleet, as `namespace/name`; undefined for a fleet that there is not. */
  readonly accountOf: (scope: ScopeKey) => string | undefined;
  readonly log: Logger;
}

/** Who a token says that its holder is. */
interface TokenHolder {
  /** `namespace/name`. */
  readonly account: string;
  readonly pod: string;
}

/**
 * Lets proxies call that show a token of their ServiceAccount, which the API server vouches for (TokenReview). A proxy reads what is of
 * its own fleet, and only as the pod that the token was given to: anybody in a namespace can have tokens for any audience made.
 */
export function checkProxyTokens({ client, audience, accountOf, log }: ProxyTokenOptions): TokenCheck {
  return async (token) => {
    const holder = await reviewToken(client, token, audience).catch((error: unknown) => {
      log.warn("the token of a proxy cannot be checked", { reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    });
    if (holder === undefined) return undefined;
    const { account, pod } = holder;
    return {
      subject: `pod ${pod} of ServiceAccount ${account}`,
      scopeOf: ({ id, cluster }) => (id === pod && accountOf(cluster) === account ? cluster : undefined),
    };
  };
}

/** Asks the API server about a token; undefined for one that is no good here. Source: authentication.k8s.io/v1 */
async function reviewToken(client: ApiClient, token: string, audience: string): Promise<TokenHolder | undefined> {
  const answer = await client.request({
    method: "POST",
    path: resourcePath({ group: "authentication.k8s.io", version: "v1", plural: "tokenreviews" }),
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences: [audience] } },
    timeoutMs: 10_000,
  });
  const status = isObject(answer) && isObject(answer.status) ? answer.status : {};
  // A server that does not know audiences would answer without them.
  const meant = Array.isArray(status.audiences) && status.audiences.includes(audience);
  if (status.authenticated !== true || !meant || !isObject(status.user)) return undefined;
  const { username, extra } = status.user;
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(username)) ?? [];
  const pods: unknown = isObject(extra) ? extra["authentication.kubernetes.io/pod-name"] : undefined;
  const pod: unknown = Array.isArray(pods) ? pods[0] : undefined;
  return namespace === undefined || name === undefined || typeof pod !== "string"
    ? undefined
    : { account: `${namespace}/${name}`, pod };
}
