import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { TlsMaterial } from "../../../certificates/material.ts";
import type { ApiClient } from "../../../kubernetes/api-client.ts";
import type { Logger } from "../../../log/logger.ts";
import { type ReviewOutcome, reviewBinding } from "./binding-review.ts";

/** What the topology injector is made from. */
export interface TopologyInjectorOptions {
  readonly client: ApiClient;
  /** The namespaces that proxies may be in; undefined: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly certificates: TlsMaterial;
  readonly log: Logger;
  /** Told what became of each question. */
  readonly answered: (outcome: ReviewOutcome) => void;
}

/** Envoy Gateway's port of webhooks. */
export const usualWebhookPort = 9443;

/** Where the API server asks. */
const webhookPath = "/inject-pod-topology";

/** A question is about one small object. Bytes. */
const longestQuestion = 1 << 20;

/** The API server waits ten seconds by default; asking it back must not take all of them. Milliseconds. */
const patienceMs = 5_000;

/** The webhook server, and how it takes renewed certificates. */
export interface TopologyInjector {
  readonly server: Server;
  setCertificates(material: TlsMaterial): void;
}

/** Makes the server of the mutating webhook that tells proxies their zone. It listens to nothing yet. */
export function createTopologyInjector(options: TopologyInjectorOptions): TopologyInjector {
  const server = createServer(secureContext(options.certificates), (request, response) => {
    handle(request, options).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => {
        options.log.warn("a question of the API server could not be read", { error });
        send(response, 400, "the request cannot be read");
      },
    );
  });
  server.requestTimeout = 2 * patienceMs;
  return { server, setCertificates: (material) => server.setSecureContext(secureContext(material)) };
}

function secureContext({ certificate, key }: TlsMaterial) {
  return { cert: certificate, key, minVersion: "TLSv1.2" as const };
}

async function handle(request: IncomingMessage, options: TopologyInjectorOptions): Promise<{ status: number; body: unknown }> {
  if ((request.url ?? "").split("?", 1)[0] !== webhookPath) return { status: 404, body: `there is ${webhookPath}` };
  if (request.method !== "POST") return { status: 405, body: "only POST is served here" };
  const { client, namespaces, log, answered } = options;
  const question: unknown = JSON.parse(await textOf(request));
  const reviewed = await reviewBinding(question, { client, namespaces, signal: AbortSignal.timeout(patienceMs) });
  if (reviewed === undefined) return { status: 400, body: "this is no AdmissionReview with a request" };
  const { review, outcome, error } = reviewed;
  if (outcome === "failed") log.warn("a proxy is not told its zone", { error });
  answered(outcome);
  return { status: 200, body: review };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > longestQuestion) throw new Error(`the question is longer than ${longestQuestion} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = typeof body === "string";
  response.writeHead(status, { "content-type": text ? "text/plain" : "application/json" });
  response.end(text ? `${body}\n` : JSON.stringify(body));
}
