/** A backend that answers every request with what it received, in the JSON of the Gateway API's echo server (echo-basic). */
import { createServer, type IncomingMessage, type Server } from "node:http";

/** Where the backend says that it runs. */
export interface EchoIdentity {
  readonly namespace: string;
  readonly ingress: string;
  readonly service: string;
  readonly pod: string;
}

/** What the backend answers. Header names are in canonical form (`User-Agent`), each with all its values. */
export interface Echo extends EchoIdentity {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  readonly proto: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** Makes an echo backend; the caller listens and closes. */
export function createEchoBackend(identity: Partial<EchoIdentity> = {}): Server {
  const self = { namespace: "default", ingress: "", service: "", pod: "backend", ...identity };
  return createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const body = `${JSON.stringify(echo(request, self), undefined, 1)}\n`;
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  });
}

function echo(request: IncomingMessage, self: EchoIdentity): Echo {
  return {
    path: request.url ?? "",
    host: request.headers.host ?? "",
    method: request.method ?? "",
    proto: `HTTP/${request.httpVersion}`,
    headers: Object.fromEntries(headersOf(request)),
    ...self,
  };
}

function* headersOf(request: IncomingMessage): Generator<[string, readonly string[]]> {
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (name !== "host" && values !== undefined) yield [canonical(name), values];
  }
}

function canonical(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
