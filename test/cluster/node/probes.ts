/** Probes and hooks of containers. */
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningContainer } from "./container.ts";
import type { Container, Handler, Probe } from "./objects.ts";

/** Where a handler is run. */
export interface HandlerPlace {
  readonly container: Container;
  readonly running: RunningContainer;
  readonly address: string;
}

/** Runs what a probe or hook asks for; resolves with whether it succeeded within the time. */
export async function runHandler(handler: Handler, place: HandlerPlace, timeoutMs: number): Promise<boolean> {
  const { httpGet, tcpSocket, grpc, exec, sleep: pause } = handler;
  if (exec !== undefined) return place.running.exec(exec.command, timeoutMs);
  if (pause !== undefined) return sleep(Math.min(pause.seconds * 1000, timeoutMs), true);
  if (httpGet !== undefined) {
    const { path = "/", scheme = "HTTP" } = httpGet;
    return getSucceeds(`${scheme.toLowerCase()}://${place.address}:${portOf(httpGet.port, place.container)}${path}`, timeoutMs);
  }
  const socket = tcpSocket ?? grpc;
  return socket === undefined || portAnswers(place.address, portOf(socket.port, place.container), timeoutMs);
}

/** Whether a TCP port takes connections. */
export function portAnswers(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on("connect", () => end(true))
      .on("timeout", () => end(false))
      .on("error", () => end(false));
  });
}

function getSucceeds(url: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { agent: false, signal, rejectUnauthorized: false };
    const get = url.startsWith("https") ? getSecure : getPlain;
    get(url, options, (response) => {
      const { statusCode = 0 } = response;
      response.on("error", () => undefined).resume();
      resolve(statusCode >= 200 && statusCode < 400);
    }).on("error", () => resolve(false));
  });
}

/** Ports are given by number, or by the name of one of the container's. */
function portOf(port: number | string, { ports = [] }: Container): number {
  const named = ports.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
}

/** What comes of following a probe. */
export interface ProbeOutcomes {
  succeeded(): void;
  failed(): void;
}

/**
 * Runs a probe again and again while `active` says so; outcomes are told when they change, after as many in a row as the probe asks for.
 * Before the first success it is tried ten times a second (`eager`), so that nothing waits for a period to pass.
 */
export async function followProbe(
  probe: Probe,
  place: HandlerPlace,
  outcomes: ProbeOutcomes,
  { active, eager }: { readonly active: () => boolean; readonly eager: boolean },
): Promise<void> {
  const { periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3, successThreshold = 1, initialDelaySeconds = 0 } = probe;
  let [told, successes, failures]: [boolean | undefined, number, number] = [undefined, 0, 0];
  if (!eager) await sleep(initialDelaySeconds * 1000);
  while (active()) {
    const good = await runHandler(probe, place, timeoutSeconds * 1000);
    if (!active()) return;
    [successes, failures] = good ? [successes + 1, 0] : [0, failures + 1];
    if (good && told !== true && successes >= successThreshold) {
      told = true;
      outcomes.succeeded();
    }
    const patient = eager && told === undefined;
    if (!good && told !== false && !patient && failures >= failureThreshold) {
      told = false;
      outcomes.failed();
    }
    if (!active()) return;
    await sleep(patient ? 100 : periodSeconds * 1000);
  }
}
