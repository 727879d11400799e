import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { durationMs } from "../api/gateway/duration.ts";

/** The bounds of the xDS server's connections, sizes in bytes and times in milliseconds; what is left out has the server's default. */
export interface XdsLimits {
  readonly maxReceiveMessageSize?: number;
  readonly maxAgeMs?: number;
  readonly maxAgeGraceMs?: number;
}

/** Reads `xdsServer` of the configuration file. */
export function xdsLimits({ xdsServer }: Pick<EnvoyGateway, "xdsServer">): XdsLimits {
  const { maxConnectionAge, maxConnectionAgeGrace, maxReceiveMessageSize } = xdsServer;
  return {
    ...(maxReceiveMessageSize === undefined ? {} : { maxReceiveMessageSize: bytes(maxReceiveMessageSize) }),
    ...(maxConnectionAge === undefined ? {} : { maxAgeMs: durationMs(maxConnectionAge) }),
    ...(maxConnectionAgeGrace === undefined ? {} : { maxAgeGraceMs: durationMs(maxConnectionAgeGrace) }),
  };
}

const prefixes = "kMGTPE";

/** A whole number of bytes as Kubernetes writes quantities: `1024`, `32Mi`, `5k`. */
function bytes(quantity: string | number): number {
  const [, count, unit = "", binary] = String(quantity).match(/^(\d+)([kKMGTPE])?(i)?$/) ?? [];
  const power = prefixes.toLowerCase().indexOf(unit.toLowerCase()) + 1;
  return Number(count) * (binary === undefined ? 1000 : 1024) ** (unit === "" ? 0 : power);
}
