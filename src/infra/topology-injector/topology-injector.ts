/** The webhook that tells proxies the zone of their node: the API server calls it when a pod is bound to a node. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { watchCertificates } from "../../certificates/certificate-watch.ts";
import type { TlsMaterial } from "../../certificates/material.ts";
import type { ApiClient } from "../../kubernetes/api-client.ts";
import type { Logger } from "../../log/logger.ts";
import { type ReviewOutcome, reviewBinding } from "./binding-review.ts";

/** What the webhook is made from. */
export interface TopologyInjectorOptions {
  readonly client: ApiClient;
  /** The folder of the control plane's certificate, which is followed, and what it holds now. */
  readonly folder: string;
  readonly certificates: TlsMaterial;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Logger;
  /** Told of every review. */
  readonly onReview?: (outcome: ReviewOutcome["type"]) => void;
}

/** The running webhook. */
export interface TopologyInjector {
  readonly port: number;
  close(): Promise<void>;
}

/** The port that the Service and the webhook's configuration name. */
export const usualWebhookPort = 9443;

const path = "/inject-pod-topology";

/** The largest object that an API server takes is half of it. */
const largestReview = 3 * 1024 * 1024;

/** Serves the webhook. Rejects, in words for the user, when the port cannot be had. */
export async function openTopologyInjector(options: TopologyInjectorOptions): Promise<TopologyInjector> {
  const { folder, certificates, host, port, log } = options;
  const server = createServer(tlsOf(certificates), (request, response) => void answer(request, response, options));
  const watch = watchCertificates(folder, certificates, {
    onChange: (material) => server.setSecureContext(tlsOf(material)),
    onProblem: (problem) => log.warn("the certificates of the topology injector stay as they were", { problem }),
  });
  try {
    await new Promise<void>((listening, failed) => server.once("error", failed).listen({ host, port }, listening));
  } catch (error) {
    watch.close();
    throw new Error(`the topology injector cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : error}`);
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () => {
      watch.close();
      server.closeIdleConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: TopologyInjectorOptions): Promise<void> {
  const end = (status: number, body: string, contentType = "text/plain; charset=utf-8") => {
    response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) }).end(body);
  };
  if (request.url?.split("?")[0] !== path) return end(404, `there is only ${path}\n`);
  if (request.method !== "POST") return end(405, "reviews come by POST\n");
  const review = await readJson(request);
  if (review === undefined) return end(400, "the body is no review\n");
  const { outcome, answer: body } = await reviewBinding(options.client, review);
  options.onReview?.(outcome.type);
  if (outcome.type === "failed") options.log.warn("a proxy is not told its zone", { problem: outcome.problem });
  end(200, JSON.stringify(body), "application/json");
}

/** The body as JSON; undefined when it is none, or too large. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > largestReview) return undefined;
      parts.push(part);
    }
    return JSON.parse(Buffer.concat(parts).toString()) as unknown;
  } catch {
    return undefined;
  }
}

function tlsOf({ certificate, key }: TlsMaterial) {
  return { cert: certificate, key, minVersion: "TLSv1.2" as const };
}
