import { isIPv4, isIPv6 } from "node:net";
import type { CidrRangeJson } from "#envoy/envoy/config/core/v3/address_pb";

/** A range of addresses in the notation of RFC 4632 (`10.0.0.0/8`); undefined where it is none. */
export function readRange(text: string): CidrRangeJson | undefined {
  const [, addressPrefix = "", digits = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const prefixLen = Number(digits);
  const longest = isIPv4(addressPrefix) ? 32 : isIPv6(addressPrefix) && !addressPrefix.includes("%") ? 128 : -1;
  return digits !== "" && prefixLen <= longest ? { addressPrefix, prefixLen } : undefined;
}
