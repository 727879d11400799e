/** Commands to a running cluster, over a socket in its folder: programs of the control plane end and start as tests ask for it. */
import { createServer, request, type Server } from "node:http";
import type { Daemon } from "./daemon.ts";

/** What can be done with a program of the cluster. */
export type Verb = "start" | "stop" | "kill";

/** Takes commands `/<daemon>/<verb>` until it is closed. */
export function serveControl(socket: string, daemons: readonly Daemon[]): Promise<Server> {
  const server = createServer((asked, answer) => {
    const [, name, verb] = (asked.url ?? "").split("/");
    const daemon = daemons.find((candidate) => candidate.name === name);
    perform(daemon, verb).then(
      () => answer.writeHead(200).end(),
      (error: unknown) => answer.writeHead(400).end(`${name}: ${error}`),
    );
  });
  return new Promise((resolve, reject) => server.on("error", reject).listen(socket, () => resolve(server)));
}

async function perform(daemon: Daemon | undefined, verb: string | undefined): Promise<void> {
  if (daemon === undefined) throw new Error("there is no such program");
  if (verb === "start") return daemon.start();
  if (verb === "stop") return daemon.stop("SIGTERM");
  if (verb === "kill") return daemon.stop("SIGKILL");
  throw new Error(`unknown command ${verb}`);
}

/** Tells a cluster to start, stop or kill one of its programs, and waits until that is done. */
export function commandDaemon(socket: string, daemon: string, verb: Verb): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, path: `/${daemon}/${verb}`, method: "POST" }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(text))));
    });
    outgoing.on("error", reject).end();
  });
}
