import { createServer, type Server } from "node:http";
import { answering, text } from "./answer.ts";

/**
 * Makes the server of `/healthz` (the process answers) and `/readyz` (it has its configuration and serves it), as Envoy Gateway has
 * them on port 8081; paths below `/healthz/` answer like `/readyz`. `notReady` says what is still missing, or undefined.
 */
export function createHealthServer(notReady: () => string | undefined): Server {
  return createServer(
    answering(({ pathname }) => {
      if (pathname === "/healthz") return text(200, "ok");
      if (pathname !== "/readyz" && !pathname.startsWith("/healthz/")) return text(404, "there are /healthz and /readyz");
      const missing = notReady();
      return missing === undefined ? text(200, "ok") : text(503, `not ready: ${missing}`);
    }),
  );
}
