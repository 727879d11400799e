import { readFileSync } from "node:fs";
import { request } from "node:http";

/** The admin interface of one Envoy. Every call gives undefined when Envoy does not answer (yet, or any more). */
export interface EnvoyAdmin {
  get(path: string): Promise<AdminAnswer | undefined>;
  post(path: string): Promise<AdminAnswer | undefined>;
}

/** An answer of the admin interface. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

const patienceMs = 2_000;

/** Talks to the Envoy that wrote its admin address into `addressFile` (`--admin-address-path`). */
export function envoyAdmin(addressFile: string): EnvoyAdmin {
  return {
    get: (path) => call(addressFile, "GET", path),
    post: (path) => call(addressFile, "POST", path),
  };
}

/** The address that Envoy wrote, as `host:port`. */
export function adminAddress(addressFile: string): string | undefined {
  try {
    return readFileSync(addressFile, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

function call(addressFile: string, method: "GET" | "POST", path: string): Promise<AdminAnswer | undefined> {
  const address = adminAddress(addressFile);
  if (address === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const outgoing = request(new URL(path, `http://${address}`), { method, timeout: patienceMs, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", () => resolve(undefined));
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(undefined));
    outgoing.on("close", () => resolve(undefined));
    outgoing.end();
  });
}

/** Whether Envoy has its configuration and serves. */
export async function isReady(admin: EnvoyAdmin): Promise<boolean> {
  return (await admin.get("/ready"))?.status === 200;
}

/**
 * How many requests and TCP connections Envoy is working on; undefined when it does not answer. Idle keep-alive connections do not
 * count: nobody waits on them. An upgraded connection (a WebSocket) counts as a request for as long as it lives.
 */
export async function activeWork(admin: EnvoyAdmin): Promise<number | undefined> {
  const answer = await admin.get("/stats?filter=downstream_(rq|cx)_active$&usedonly");
  if (answer?.status !== 200) return undefined;
  const counts = answer.body.matchAll(/^(?:http\.(?!admin\.).*\.downstream_rq_active|tcp\..*\.downstream_cx_active): (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
