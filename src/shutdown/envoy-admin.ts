import { request } from "node:http";

/** The admin interface of the Envoy beside us. */
export interface EnvoyAdmin {
  /** Sends a POST; rejects when Envoy does not answer, or not with 200. */
  post(path: string): Promise<void>;
  /**
   * How many connections clients have to its listeners, besides those of probes and of who reads its metrics. Rejects as above; an error
   * with the code ECONNREFUSED says that there is no Envoy any more.
   */
  connections(): Promise<number>;
}

const patienceMs = 2_000;

/** Listeners whose connections are none of clients: probes and metrics. */
const unheeded = /^listener\.admin\.|_(19001|19003)\.downstream|\.worker_\d+\./;

/** Talks to the Envoy at a port of this pod. */
export function envoyAdmin(port: number): EnvoyAdmin {
  return {
    async post(path) {
      await ask(port, "POST", path);
    },
    async connections() {
      const text = await ask(port, "GET", "/stats?filter=^listener\\..*\\.downstream_cx_active$");
      const counts = [...text.matchAll(/^(\S+): (\d+)$/gm)];
      if (counts.length === 0) throw new Error("Envoy counts no connections: the metrics that it keeps leave them out");
      return counts.reduce((sum, [, name = "", count]) => (unheeded.test(name) ? sum : sum + Number(count)), 0);
    },
  };
}

function ask(port: number, method: "GET" | "POST", path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // By name: the loopback address of a pod may be of either family.
    const options = { host: "localhost", port, method, path: encodeURI(path), timeout: patienceMs, agent: false };
    const outgoing = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${method} ${path}: Envoy answered ${response.statusCode}`));
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${path}: no answer within ${patienceMs} ms`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
