/** The node's HTTPS server, by which the API server gets the logs of pods (`kubectl logs`). */
import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { nodeAddress, nodePort } from "../addresses.ts";
import type { Credentials } from "../credentials.ts";

/** The log file of a container; undefined where there is no such container here. */
export type FindLog = (namespace: string, pod: string, container: string) => string | undefined;

/** How often the sizes of logs are noted, in milliseconds: lines have no times of their own, so `sinceTime` is as exact as that. */
const notesEveryMs = 200;

/** Serves `/containerLogs/<namespace>/<pod>/<container>` with `sinceTime`, `sinceSeconds` and `tailLines`, until the process ends. Returns the server. */
export function serveLogs(credentials: Credentials, findLog: FindLog, allLogs: () => Iterable<string>): Server {
  const sizes = new Map<string, { readonly time: number; readonly size: number }[]>();
  setInterval(() => {
    const current = new Set(allLogs());
    for (const file of sizes.keys()) if (!current.has(file)) sizes.delete(file);
    for (const file of current) noteSize(file, sizes);
  }, notesEveryMs);
  const tls = { key: readFileSync(credentials.key), cert: readFileSync(credentials.certificate) };
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? "/", "https://node");
    const [, namespace = "", pod = "", container = ""] = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
    const file = findLog(namespace, pod, container);
    if (file === undefined) {
      response.writeHead(404).end("not found");
      return;
    }
    const since = sinceOf(url.searchParams);
    const start = sizes.get(file)?.findLast(({ time }) => time < since)?.size ?? 0;
    response.writeHead(200, { "content-type": "text/plain" }).end(read(file, start, url.searchParams.get("tailLines")));
  });
  return server.listen(nodePort, nodeAddress);
}

function noteSize(file: string, sizes: Map<string, { readonly time: number; readonly size: number }[]>): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return;
  const noted = sizes.get(file) ?? [];
  if (noted.at(-1)?.size !== size) noted.push({ time: Date.now(), size });
  sizes.set(file, noted);
}

/** Milliseconds since 1970. */
function sinceOf(query: URLSearchParams): number {
  const [time, seconds] = [query.get("sinceTime"), query.get("sinceSeconds")];
  if (time !== null) return Date.parse(time);
  return seconds === null ? 0 : Date.now() - Number(seconds) * 1000;
}

function read(file: string, start: number, tailLines: string | null): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return "";
  const text = readFileSync(file).subarray(start).toString();
  return tailLines === null
    ? text
    : text
        .split("\n")
        .slice(-Number(tailLines) - 1)
        .join("\n");
}
