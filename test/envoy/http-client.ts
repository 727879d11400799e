/** Requests as tests send them: over a connection of their own, with any Host. */
import { request } from "node:http";
import type { Echo } from "../../examples/quickstart/echo-backend.ts";

/** What a request asks for. */
export interface Ask {
  readonly host?: string;
  /** The address of this machine to connect to. Default: 127.0.0.1. */
  readonly address?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Sends a request to a port of this machine. Rejects when there is no answer. */
export function ask(
  port: number,
  path: string,
  { host = "localhost", address = "127.0.0.1", method = "GET", headers = {}, body }: Ask = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, method, headers: { host, ...headers }, agent: false };
    const outgoing = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on("error", reject).end(body);
  });
}

/** The answer of an echo backend. */
export function echoOf({ status, body }: Answered): Echo {
  if (status !== 200) throw new Error(`the backend did not answer: ${status} ${body}`);
  return JSON.parse(body);
}
