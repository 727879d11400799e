/** The connection of the cluster's own programs, and of its tests, to its API server. */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";
import { type ApiClient, ApiError, type ApiRequest, type WatchEvent } from "../../src/kubernetes/api-client.ts";

/** The parts of a kubeconfig that ours have. */
interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** Connects with a kubeconfig that `writeCredentials` wrote. */
export function connect(kubeconfigFile: string): ApiClient {
  const { clusters, users }: Kubeconfig = JSON.parse(readFileSync(kubeconfigFile, "utf8"));
  const [{ cluster }] = clusters;
  const ca = Buffer.from(cluster["certificate-authority-data"], "base64");
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca });
  const authorization = `Bearer ${users[0].user.token}`;
  const exchange = (request: ApiRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = new URL(request.path, cluster.server);
      for (const [name, value] of Object.entries(request.query ?? {})) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const { method, signal, timeoutMs = 30_000, contentType = "application/json" } = request;
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const sent = body === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(body) };
      const headers = { authorization, accept: "application/json", ...sent };
      const outgoing = send(url, { method, agent, headers, ...(signal === undefined ? {} : { signal }) }, resolve);
      if (timeoutMs > 0)
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer to ${method} ${url.pathname}`)));
      outgoing.on("error", reject).end(body);
    });
  return {
    async request(request) {
      const response = await exchange(request);
      const text = await textOf(response);
      const answer: unknown = response.headers["content-type"]?.includes("json") ? JSON.parse(text) : text;
      if ((response.statusCode ?? 500) >= 400) throw refusal(response.statusCode ?? 500, answer);
      return answer;
    },
    async *watch({ path, query, signal }) {
      const watching = { method: "GET", path, query: { ...query, watch: true }, timeoutMs: 0 } as const;
      const response = await exchange(signal === undefined ? watching : { ...watching, signal });
      if (response.statusCode !== 200) throw refusal(response.statusCode ?? 500, await textOf(response));
      yield* events(response);
    },
    close: () => agent.destroy(),
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) text += chunk;
  return text;
}

async function* events(response: IncomingMessage): AsyncIterable<WatchEvent> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
}

/** From a meta/v1 Status where the server sent one. */
function refusal(code: number, answer: unknown): ApiError {
  const status: { readonly reason?: string; readonly message?: string } =
    typeof answer === "object" && answer !== null ? answer : { message: String(answer) };
  return new ApiError(code, status.reason ?? "Unknown", status.message ?? `status ${code}`);
}
