import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { isObject } from "../api/json-object.ts";
import type { Access } from "./access.ts";
import type { ApiClient, ApiError, ApiRequest, WatchEvent } from "./api-client.ts";
import { createConnections, keepAliveProbeMs } from "./connections.ts";
import { createDeadline } from "./deadline.ts";
import { jsonLines } from "./json-lines.ts";
import { refusalOf } from "./refusal.ts";

/** How long an answer, or the begin of a watch, may take, where the request does not say. */
const usualTimeoutMs = 30_000;

/** So often a request is sent again that the server had no time for (429) and said when to come back. */
const mostRetries = 5;
const longestRetryWaitSeconds = 10;

/**
 * A client of one API server over HTTP/1.1 connections that are kept open. Requests that the server had no time for are sent
 * again when it says; so are those whose kept connection had just been closed, and once those whose credentials had run out.
 */
export function createHttpsClient(access: Access, userAgent: string): ApiClient {
  const connections = createConnections(access);

  async function send(
    request: ApiRequest,
    signal: AbortSignal,
    answered: (answer: IncomingMessage) => void,
  ): Promise<IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    for (let attempt = 0, renewed = false; ; attempt++) {
      const { authorization, agent } = await connections.open(renewed);
      const headers = headersOf(request, body, {
        ...access.headers,
        "user-agent": userAgent,
        ...(authorization && { authorization }),
      });
      const call = () => exchange({ url: urlOf(access.server, request), method: request.method, headers, body, agent, signal });
      const answer = await call().catch((error: unknown) => {
        if (isStaleConnection(error) && request.method !== "POST") return call();
        throw error;
      });
      if (isSuccess(answer)) {
        answered(answer);
        return answer;
      }
      const refusal = refusalOf(
        answer.statusCode ?? 0,
        answer.headers,
        await textOf(answer),
        `${request.method} ${request.path}`,
      );
      if (refusal.code === 401 && !renewed) renewed = true;
      else if (!mayRetry(refusal, attempt)) throw refusal;
      else await wait(Math.min(refusal.retryAfterSeconds ?? 1, longestRetryWaitSeconds) * 1000, undefined, { signal });
    }
  }

  return {
    async request(request) {
      const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
      const deadline = createDeadline(timeoutMs, request, access.server.host);
      try {
        return JSON.parse(await textOf(await send(request, deadline.signal, () => {}))) as unknown;
      } catch (error) {
        throw deadline.reasonOf(error);
      } finally {
        deadline.clear();
      }
    },
    async *watch(request) {
      const asked: ApiRequest = { ...request, method: "GET", query: { ...request.query, watch: true } };
      const deadline = createDeadline(usualTimeoutMs, asked, access.server.host);
      let answer: IncomingMessage | undefined;
      try {
        // Only the begin is bound in time: a watch may have nothing to say for long.
        answer = await send(asked, deadline.signal, () => deadline.clearTimer());
        for await (const line of jsonLines(answer)) yield asWatchEvent(line);
      } catch (error) {
        throw deadline.reasonOf(error);
      } finally {
        deadline.clear();
        answer?.destroy();
      }
    },
    close: () => connections.close(),
  };
}

interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** Sends one request; resolves with the head of the answer. */
function exchange({ url, method, headers, body, agent, signal }: Exchange): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const make = url.protocol === "http:" ? httpRequest : httpsRequest;
    const request: ClientRequest = make(url, { method, headers, agent, signal });
    request.on("socket", (socket) => socket.setKeepAlive(true, keepAliveProbeMs));
    request.on("response", resolve);
    request.on("error", (error) => reject(Object.assign(error, { reusedSocket: request.reusedSocket })));
    request.end(body);
  });
}

/** Whether a kept connection turned out to be closed already, so that the request never got anywhere. */
function isStaleConnection(error: unknown): boolean {
  if (!(error instanceof Error) || !("reusedSocket" in error) || error.reusedSocket !== true) return false;
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** A 429 means that nothing was done; other refusals are for the caller to judge. */
function mayRetry({ code, retryAfterSeconds }: ApiError, attempt: number): boolean {
  return code === 429 && retryAfterSeconds !== undefined && attempt < mostRetries;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of answer as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function asWatchEvent(line: unknown): WatchEvent {
  const types = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"] as const;
  const type = isObject(line) ? types.find((candidate) => candidate === line.type) : undefined;
  if (type === undefined || !isObject(line)) throw new TypeError("the answer to a watch is not a list of events");
  return { type, object: line.object };
}

function urlOf(server: URL, { path, query = {} }: ApiRequest): URL {
  const url = new URL(server);
  url.pathname = server.pathname.replace(/\/$/, "") + path;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function headersOf(
  request: ApiRequest,
  body: string | undefined,
  common: Readonly<Record<string, string>>,
): Record<string, string> {
  const content = body === undefined ? {} : { "content-type": request.contentType ?? "application/json" };
  return {
    accept: "application/json",
    ...common,
    ...content,
    ...(body && { "content-length": String(Buffer.byteLength(body)) }),
  };
}
