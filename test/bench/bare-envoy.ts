import { spawn } from "node:child_process";
import { once } from "node:events";
import { findEnvoy } from "../../src/infra/host/envoy-binary.ts";

/** An Envoy that runs. */
export interface BareEnvoy {
  stop(): Promise<void>;
}

/** Starts an Envoy that takes everything from an ADS server on this machine, without TLS. What it has to say goes to our standard error. */
export async function startBareEnvoy(adsPort: number): Promise<BareEnvoy> {
  const found = await findEnvoy();
  if ("problem" in found) throw new Error(found.problem);
  const bootstrap = JSON.stringify(bootstrapOf(adsPort));
  const options = ["--config-yaml", bootstrap, "--use-dynamic-base-id", "--log-level", "error"];
  const child = spawn(found.path, options, { stdio: ["ignore", "ignore", "inherit"] });
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function bootstrapOf(port: number): object {
  const socketAddress = { address: "127.0.0.1", portValue: port };
  const endpoints = [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }];
  const http2 = {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    explicitHttpConfig: { http2ProtocolOptions: {} },
  };
  const fromAds = { ads: {}, resourceApiVersion: "V3" };
  return {
    node: { id: "bench", cluster: "bench" },
    dynamicResources: {
      adsConfig: { apiType: "DELTA_GRPC", transportApiVersion: "V3", grpcServices: [{ envoyGrpc: { clusterName: "ads" } }] },
      cdsConfig: fromAds,
      ldsConfig: fromAds,
    },
    staticResources: {
      clusters: [
        {
          name: "ads",
          type: "STATIC",
          connectTimeout: "5s",
          loadAssignment: { clusterName: "ads", endpoints },
          typedExtensionProtocolOptions: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2 },
        },
      ],
    },
  };
}
