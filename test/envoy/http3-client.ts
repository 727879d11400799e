/** A client that speaks HTTP/3 and nothing else: an Envoy of its own, which takes requests by HTTP/1.1 and passes them on by HTTP/3. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "../../src/infra/host/envoy-binary.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";
import { type Answered, type Ask, ask } from "./http-client.ts";

/** A running client. */
export interface Http3Client {
  /** Sends a request; 503 where the other side cannot be reached by HTTP/3, or shows no certificate that is trusted. */
  ask(path: string, options?: Ask): Promise<Answered>;
  /** How many connections by HTTP/3 it has made. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a client of a UDP port of this machine, which asks for `serverName` and trusts the certificate `trusted` (PEM) alone. */
export async function startHttp3Client(port: number, serverName: string, trusted: string): Promise<Http3Client> {
  const envoy = await findEnvoy();
  if (!("path" in envoy)) throw new Error(envoy.problem);
  const folder = mkdtempSync(join(tmpdir(), "http3-client-"));
  const adminFile = join(folder, "admin");
  const ca = join(folder, "ca.pem");
  const config = join(folder, "envoy.json");
  const own = await freePort();
  writeFileSync(ca, trusted);
  writeFileSync(config, JSON.stringify(bootstrap(own, port, serverName, ca)));
  const args = ["-c", config, "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "error"];
  const child = spawn(envoy.path, [...args, "--admin-address-path", adminFile], { stdio: "ignore" });
  const admin = await eventually("the HTTP/3 client runs", () => Number(readFileSync(adminFile, "utf8").split(":").at(-1)));
  await eventually("the HTTP/3 client listens", () => connects(own));
  const stop = () => end(child, folder);
  return {
    ask: (path, options) => ask(own, path, options),
    async connections() {
      const { body } = await ask(admin, "/stats?filter=upstream_cx_http3_total");
      return Number(/: (\d+)/.exec(body)?.[1]);
    },
    stop,
  };
}

/** Rejects when nobody listens. */
async function connects(port: number): Promise<true> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  return true;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true });
}

function address(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function typed(type: string, message: object): object {
  return { "@type": `type.googleapis.com/envoy.${type}`, ...message };
}

function bootstrap(own: number, port: number, sni: string, ca: string): object {
  const router = { name: "router", typed_config: typed("extensions.filters.http.router.v3.Router", {}) };
  const virtualHost = { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "gateway" } }] };
  const manager = typed("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "own",
    route_config: { virtual_hosts: [virtualHost] },
    http_filters: [router],
  });
  const tls = { sni, common_tls_context: { validation_context: { trusted_ca: { filename: ca } } } };
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        { name: "own", address: address(own), filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }] },
      ],
      clusters: [
        {
          name: "gateway",
          type: "STATIC",
          connect_timeout: "5s",
          load_assignment: {
            cluster_name: "gateway",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
          },
          transport_socket: {
            name: "envoy.transport_sockets.quic",
            typed_config: typed("extensions.transport_sockets.quic.v3.QuicUpstreamTransport", { upstream_tls_context: tls }),
          },
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("extensions.upstreams.http.v3.HttpProtocolOptions", {
              explicit_http_config: { http3_protocol_options: {} },
            }),
          },
        },
      ],
    },
  };
}
