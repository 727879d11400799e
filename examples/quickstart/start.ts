/**
 * The quickstart: an echo backend, and Envoy Gateway over the objects beside this file. Stays until Ctrl-C.
 *   npm run quickstart -- [--files PATH] [--xds-port N] [--admin-port N] [--health-port N] [--metrics-port N]
 */
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { standaloneConfig } from "../../src/api/config/standalone-config.ts";
import { closeServer, listen } from "../../src/gateway/listen.ts";
import type { Pipeline } from "../../src/gateway/pipeline.ts";
import { startControlPlane } from "../../src/gateway/server.ts";
import { listenForStop } from "../../src/gateway/stop-signals.ts";
import { untilProgrammed } from "../../src/gateway/until-programmed.ts";
import { createLogs } from "../../src/log/logger.ts";
import { createEchoBackend } from "./echo-backend.ts";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: import.meta.dirname },
    "xds-port": { type: "string" },
    "admin-port": { type: "string" },
    "health-port": { type: "string" },
    "metrics-port": { type: "string" },
  },
});

/** A proxy that did not take its configuration by then will not: something is in its way. */
const patienceMs = 20_000;

const say = (line = "") => process.stdout.write(`${line}\n`);

async function quickstart(): Promise<void> {
  const began = performance.now();
  const signals = listenForStop();
  const shown = relative(process.cwd(), values.files) || ".";
  say(`Starting Envoy Gateway over ${shown} ...`);
  const config = standaloneConfig([values.files]);
  // The log tells of what goes wrong only; all else is said here.
  const logs = createLogs({ level: { default: "warn" } }, { write: (line) => process.stderr.write(line) });
  const controlPlane = await startControlPlane({ config, logs, ports: portsGiven() });
  const { pipeline, ports } = controlPlane;
  const backend = createEchoBackend();
  try {
    const { backendPort, command } = describe(pipeline);
    const remedy = `change the port of Backend default/backend in ${shown}`;
    await listen(backend, { host: "127.0.0.1", port: backendPort, purpose: "the echo backend", remedy });
    const patience = AbortSignal.any([AbortSignal.timeout(patienceMs), abortedBy(signals.stop)]);
    const programmed = await untilProgrammed(pipeline, "default/eg", patience);
    if (programmed?.status === "True") {
      say(`Envoy has taken its configuration (${((performance.now() - began) / 1000).toFixed(1)} s). Send it a request:`);
      say(`\n  ${command}\n`);
      say(`Change the objects in ${shown} while this runs: Envoy follows.`);
      say(`Admin API: http://127.0.0.1:${ports.admin}   Ctrl-C ends everything.`);
    } else if (!signals.hurry.aborted && patience.reason?.name === "TimeoutError") {
      throw new Error(`Gateway default/eg is not programmed: ${programmed?.message ?? "there is no such Gateway"}`);
    }
    await signals.stop;
    say("\nStopping ...");
  } finally {
    await controlPlane.stop(signals.hurry);
    await closeServer(backend);
    signals.release();
  }
}

/** What the objects say about the port of the backend, and how to reach it through the proxy. */
function describe({ objects }: Pipeline): { readonly backendPort: number; readonly command: string } {
  const backendPort = objects.Backend.get("default/backend")?.spec.endpoints?.[0]?.ip?.port ?? 3000;
  const port = objects.Gateway.get("default/eg")?.spec.listeners[0]?.port ?? 8888;
  const host = objects.HTTPRoute.get("default/backend")?.spec.hostnames?.[0] ?? "www.example.com";
  return { backendPort, command: `curl --header "Host: ${host}" http://localhost:${port}/get` };
}

function portsGiven() {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return {
    xds: number(values["xds-port"]),
    admin: number(values["admin-port"]),
    health: number(values["health-port"]),
    metrics: number(values["metrics-port"]),
  };
}

function abortedBy(event: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  event.then(() => controller.abort());
  return controller.signal;
}

quickstart().catch((error: unknown) => {
  console.error(`\nThe quickstart failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
