import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import type { Naming } from "../ir/naming.ts";
import { compatibleNaming, compatibleNamingV2, stableNaming } from "../xds/translator/names.ts";

/** How xDS resources are named, and whether Envoy Gateway v1.9 is followed also where we would rather not. */
export interface NamingScheme {
  readonly naming: Naming;
  readonly compatible: boolean;
}

/** The runtime flag that asks for the names of Envoy Gateway v1.9. */
export const compatibleFlag = "CompatibleXDSNames";

/** Envoy Gateway's own flag, which asks for the second version of its names. */
const secondVersionFlag = "XDSNameSchemeV2";

/** The scheme that the configuration file asks for: `runtimeFlags.enabled`, where `disabled` wins. */
export function namingScheme({ runtimeFlags }: EnvoyGateway): NamingScheme {
  const flags = new Set<string>(runtimeFlags?.enabled);
  for (const flag of runtimeFlags?.disabled ?? []) flags.delete(flag);
  if (flags.has(secondVersionFlag)) return { naming: compatibleNamingV2, compatible: true };
  return flags.has(compatibleFlag) ? { naming: compatibleNaming, compatible: true } : { naming: stableNaming, compatible: false };
}
