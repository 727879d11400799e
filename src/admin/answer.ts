import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, type Readable } from "node:stream";

/** An answer of one of the control plane's own HTTP interfaces. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** A stream for what is too large to hold. */
  readonly body: string | Readable;
}

/** Plain text, for people and probes. */
export function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}

/** JSON, indented: it is read by people as often as by programs. */
export function json(value: unknown, status = 200): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** What answers a request. */
export type Answering = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;

/** Makes a request listener from a function of the URL. Only GET and HEAD are served: these interfaces change nothing. */
export function answering(answer: Answering): (request: IncomingMessage, response: ServerResponse) => void {
  return async (request, response) => send(await answerSafely(answer, request), request, response);
}

function send({ status, contentType, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, {
    "content-type": contentType,
    ...(typeof body === "string" ? { "content-length": Buffer.byteLength(body) } : {}),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  const headOnly = request.method === "HEAD";
  if (typeof body === "string") response.end(headOnly ? undefined : body);
  else if (headOnly) {
    body.destroy();
    response.end();
  } else pipeline(body, response, () => {});
}

async function answerSafely(answer: Answering, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET is served here");
  const url = URL.parse(request.url ?? "/", "http://localhost");
  if (url === null) return text(400, "the request target is no URL");
  try {
    return await answer(url, request);
  } catch (error) {
    return text(500, `internal error: ${error instanceof Error ? error.message : String(error)}`);
  }
}
