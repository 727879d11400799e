import assert from "node:assert/strict";
import { createServer as createHttpServer, request } from "node:http";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type AnsweringServer, openAnsweringServer } from "../../test/kubernetes/answering-server.ts";
import { loopbackPort, serveForwarding } from "../../test/kubernetes/port-forward-server.ts";
import type { Access } from "./access.ts";
import { openPodPort } from "./port-forward.ts";

describe("ports of pods", () => {
  const long = "0123456789".repeat(100_000);
  const pod = createHttpServer((asked, answer) => answer.end(asked.url === "/long" ? long : `you asked for ${asked.url}`));
  let api: AnsweringServer;
  let access: Access;
  let seen: string | undefined;
  let port = 0;

  before(async () => {
    port = await listening(pod);
    api = await openAnsweringServer((_, response) => response.writeHead(500).end());
    serveForwarding(api.server, (url) => {
      seen = url.pathname;
      return url.pathname.startsWith("/api/v1/namespaces/edge/pods/eg/")
        ? loopbackPort(Number(url.searchParams.get("ports")))
        : undefined;
    });
    access = {
      server: new URL(api.url),
      namespace: "edge",
      credentials: async () => ({ tls: { ca: api.ca, servername: "localhost" } }),
    };
  });
  after(async () => {
    await api.close();
    pod.closeAllConnections();
    await new Promise((closed) => pod.close(closed));
  });

  const ask = async (path: string) => {
    const stream = await openPodPort(access, { namespace: "edge", pod: "eg", port });
    const asked = request({ createConnection: () => stream, path, headers: { host: "localhost", connection: "close" } }).end();
    return text(await new Promise<NodeJS.ReadableStream>((resolve, reject) => asked.on("response", resolve).on("error", reject)));
  };

  test("are spoken to as if they were here", async () => {
    assert.equal(await ask("/api/info"), "you asked for /api/info");
    assert.equal(seen, "/api/v1/namespaces/edge/pods/eg/portforward");
    assert.equal(await ask("/long"), long);
  });

  test("that nobody listens on end the connection with the reason", async () => {
    const nobody = createServer();
    const free = await listening(nobody);
    await new Promise((closed) => nobody.close(closed));
    const stream = await openPodPort(access, { namespace: "edge", pod: "eg", port: free });
    await assert.rejects(text(stream), new RegExp(`port ${free} of pod edge/eg: .*ECONNREFUSED`));
  });

  test("of pods that are not there are told", async () => {
    await assert.rejects(
      openPodPort(access, { namespace: "edge", pod: "gone", port }),
      new RegExp(`cannot reach port ${port} of pod edge/gone: the API server answers 404 Not Found`),
    );
  });
});

function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
