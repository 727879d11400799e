import type { IncomingMessage, ServerResponse } from "node:http";

/** An answer of one of the control plane's own HTTP interfaces. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Plain text, for people and probes. */
export function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}

/** JSON, indented: it is read by people as often as by programs. */
export function json(value: unknown, status = 200): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** Makes a request listener from a function of the URL. Only GET and HEAD are served: these interfaces change nothing. */
export function answering(
  answer: (url: URL, request: IncomingMessage) => Answer,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { status, contentType, body } = answerSafely(answer, request);
    response.writeHead(status, {
      "content-type": contentType,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

function answerSafely(answer: (url: URL, request: IncomingMessage) => Answer, request: IncomingMessage): Answer {
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET is served here");
  const url = URL.parse(request.url ?? "/", "http://localhost");
  if (url === null) return text(400, "the request target is no URL");
  try {
    return answer(url, request);
  } catch (error) {
    return text(500, `internal error: ${error instanceof Error ? error.message : String(error)}`);
  }
}
