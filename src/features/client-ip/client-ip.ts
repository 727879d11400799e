/** Where the address of a client is found. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go; envoy/extensions/http/original_ip_detection. */
import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";
import { readRange } from "./address-range.ts";
import type { ClientIpDetection } from "./schema.ts";

const part = slot<ClientIpDetection>("client-ip");

/** The address of a client comes from a header that proxies before this one wrote. */
export const clientIp: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate({ clientIPDetection: detection }, parts) {
      if (detection === undefined) return { parts };
      const mistakes = findMistakes(detection);
      return mistakes.length > 0 ? { parts, mistakes } : { parts: part.set(parts, detection) };
    },
  },
  connectionManager(draft, _fleet, own) {
    const extension = detectionExtension(part.of(own) ?? {});
    if (extension === undefined) return draft;
    return { ...draft, useRemoteAddress: false, originalIpDetectionExtensions: [extension] };
  },
};

const at = "spec.clientIPDetection.xForwardedFor";

function findMistakes({ xForwardedFor }: ClientIpDetection): readonly string[] {
  const { numTrustedHops = 1, trustedCIDRs = [] } = xForwardedFor ?? {};
  return [
    ...(numTrustedHops < 0 ? [`${at}.numTrustedHops: ${numTrustedHops} is less than 0`] : []),
    ...trustedCIDRs.flatMap((range, index) =>
      readRange(range) === undefined ? [`${at}.trustedCIDRs[${index}]: "${range}" is no range of addresses`] : [],
    ),
  ];
}

/** The address that the connection comes from needs no extension. */
function detectionExtension({ xForwardedFor, customHeader }: Partial<ClientIpDetection>): TypedExtensionConfigJson | undefined {
  if (xForwardedFor !== undefined) {
    const { numTrustedHops, trustedCIDRs = [], disableXForwardedForAppend = false } = xForwardedFor;
    const cidrs = trustedCIDRs.flatMap((range) => readRange(range) ?? []);
    const config = {
      // Envoy counts the hops before the client, users count the client, too.
      ...(numTrustedHops !== undefined && { xffNumTrustedHops: Math.max(0, numTrustedHops - 1) }),
      ...(cidrs.length > 0 && { xffTrustedCidrs: { cidrs } }),
      skipXffAppend: disableXForwardedForAppend,
    };
    return {
      name: "envoy.extensions.http.original_ip_detection.xff",
      typedConfig: typed("envoy.extensions.http.original_ip_detection.xff.v3.XffConfig", config),
    };
  }
  if (customHeader === undefined) return undefined;
  const { name: headerName, failClosed = false } = customHeader;
  return {
    name: "envoy.extensions.http.original_ip_detection.custom_header",
    typedConfig: typed("envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig", {
      headerName,
      allowExtensionToSetAddressAsTrusted: true,
      ...(failClosed && { rejectWithStatus: { code: "Forbidden" } }),
    }),
  };
}
