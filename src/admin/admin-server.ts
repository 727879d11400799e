import { createServer, type IncomingMessage, type Server } from "node:http";
import { isIP } from "node:net";
import type { KubeObject } from "../api/schema/metadata.ts";
import { type GraphDescription, toMermaid } from "../graph/index.ts";
import { type Answer, answering, json, text } from "./answer.ts";
import { dumpableKinds, dumpConfig } from "./config-dump.ts";
import { answerMetrics, type MetricsText } from "./metrics-server.ts";
import { createProfiling, profilingPath } from "./profiling.ts";

/** What the admin API shows. Every function gives the present state and changes nothing. */
export interface AdminView {
  readonly version: string;
  readonly startTime: Date;
  /** The state of each part of the control plane, by name. */
  components(): Readonly<Record<string, string>>;
  /** The EnvoyGateway configuration in force. */
  config(): unknown;
  /** The objects by kind, with their statuses. */
  objects(): ReadonlyMap<string, Iterable<KubeObject>>;
  /** Each fleet: what infrastructure reports, and what each proxy took of its configuration. */
  proxies(): unknown;
  /** What is wrong at present, and with which object or file. */
  problems(): unknown;
  graph(): GraphDescription;
  /**
   * What an object (`HTTPRoute/default/app`) came to, or what a resource (`Cluster/default/eg/NAME`) was made from; undefined when
   * there is no such thing.
   */
  explain(subject: string): unknown;
  readonly metrics: MetricsText;
  /** Profiles may be taken (`admin.enablePprof`). */
  readonly profiles: boolean;
}

const index = `envoy-gateway admin API

/api/info                        version and uptime
/api/server_info                 state of the parts, configuration in force
/api/config_dump                 names of all objects
/api/config_dump?resource=KIND   objects of one kind, or of all kinds (all), with their statuses
/api/proxies                     the proxies: processes, addresses, what they took of their configuration
/api/problems                    what is wrong, and where
/api/explain?of=KIND/NS/NAME     what became of an object, and why; of=Cluster/FLEET/NAME: what an xDS resource was made from
/api/metrics                     the metrics of the control plane
/debug/graph                     the computations behind it: sizes, counters (?format=mermaid: a diagram)
/debug/pprof/                    profiles, with admin.enablePprof: true`;

/**
 * Makes the admin server (JSON, read only), with the paths of Envoy Gateway's. It has no authentication, hence it belongs on
 * loopback, and requests must name this host by address or as `localhost`, which keeps web pages (DNS rebinding) out.
 */
export function createAdminServer(view: AdminView, now: () => Date = () => new Date()): Server {
  const profile = createProfiling();
  return createServer(
    answering((url, request) => {
      if (!namesThisHost(request)) return text(403, "the admin API is reached by IP address or as localhost only");
      if (!url.pathname.startsWith(profilingPath)) return route(url, view, now());
      if (!view.profiles) return text(403, "profiles are off: set admin.enablePprof: true in the configuration file");
      // A snapshot of the memory holds every secret.
      if (!isLoopback(request.socket.remoteAddress)) return text(403, "profiles are for this machine only");
      return profile(url);
    }),
  );
}

function route(url: URL, view: AdminView, now: Date): Answer | Promise<Answer> {
  const uptime = `${Math.floor((now.getTime() - view.startTime.getTime()) / 1000)}s`;
  switch (url.pathname) {
    case "/":
      return text(200, index);
    case "/api/info": {
      const { version, startTime } = view;
      const platform = `${process.platform}/${process.arch}`;
      return json({ version, startTime, uptime, nodeVersion: process.version, platform, timestamp: now });
    }
    case "/api/server_info":
      return json({
        state: "Running",
        version: view.version,
        uptime,
        components: Object.entries(view.components()).map(([name, status]) => ({ name, status })),
        envoyGatewayConfig: view.config(),
        lastUpdated: now,
      });
    case "/api/config_dump":
      return configDump(view, url.searchParams.get("resource"), now);
    case "/api/proxies":
      return json(view.proxies());
    case "/api/problems":
      return json(view.problems());
    case "/api/explain":
      return explanation(view, url.searchParams.get("of") ?? "");
    case "/api/metrics":
      return answerMetrics(view.metrics);
    case "/debug/graph": {
      const graph = view.graph();
      return url.searchParams.get("format") === "mermaid" ? text(200, toMermaid(graph)) : json(graph);
    }
    default:
      return text(404, `no such path: ${url.pathname}\n\n${index}`);
  }
}

function explanation(view: AdminView, subject: string): Answer {
  const found = view.explain(subject);
  if (found !== undefined) return json(found);
  const forms = "KIND/NAMESPACE/NAME of an object, or TYPE/FLEET/NAME of an xDS resource";
  return text(404, subject === "" ? `say what to explain: of=${forms}` : `there is no ${subject}; give ${forms}`);
}

function configDump(view: AdminView, resource: string | null, now: Date): Answer {
  const objects = view.objects();
  const dump = dumpConfig(objects, resource);
  if (dump === undefined) return text(400, `unknown resource "${resource}": there are ${dumpableKinds(objects).join(", ")}`);
  return json({ ...dump, lastUpdated: now });
}

function isLoopback(address = ""): boolean {
  return address === "::1" || address.replace(/^::ffff:/, "").startsWith("127.");
}

function namesThisHost(request: IncomingMessage): boolean {
  const host = URL.parse(`http://${request.headers.host ?? ""}`)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return host === "localhost" || isIP(host) !== 0;
}
