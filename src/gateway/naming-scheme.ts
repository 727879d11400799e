import { type EnvoyGateway, runtimeFlag } from "../api/config/envoy-gateway.ts";
import type { Naming } from "../ir/naming.ts";
import { compatibleNaming, compatibleNamingV2, stableNaming } from "../xds/translator/names.ts";

/** How xDS resources are named, and whether Envoy Gateway v1.9 is followed also where we would rather not. */
export interface NamingScheme {
  readonly naming: Naming;
  readonly compatible: boolean;
}

/** The scheme that the configuration file asks for by its runtime flags; stable names where it asks for none. */
export function namingScheme(config: Pick<EnvoyGateway, "runtimeFlags">): NamingScheme {
  if (runtimeFlag(config, "XDSNameSchemeV2")) return { naming: compatibleNamingV2, compatible: true };
  if (runtimeFlag(config, "XDSNameSchemeV1")) return { naming: compatibleNaming, compatible: true };
  return { naming: stableNaming, compatible: false };
}
