import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

function detection(clientIPDetection: Parameters<typeof listenerWith>[0]["clientIPDetection"] & {}) {
  const { proxy, mistakes } = listenerWith({ clientIPDetection });
  const [extension] = (proxy.original_ip_detection_extensions ?? []) as readonly { typed_config: object }[];
  const { "@type": type = "", ...config } = (extension?.typed_config ?? {}) as { readonly "@type"?: string };
  return { used: proxy.use_remote_address ?? false, type: type.slice(type.lastIndexOf(".") + 1), config, mistakes };
}

test("the client is found in x-forwarded-for, by place or by who is trusted", () => {
  assert.deepEqual(detection({ xForwardedFor: { numTrustedHops: 3, disableXForwardedForAppend: true } }), {
    used: false,
    type: "XffConfig",
    config: { xff_num_trusted_hops: 2, skip_xff_append: true },
    mistakes: [],
  });
  assert.deepEqual(detection({ xForwardedFor: { trustedCIDRs: ["10.0.0.0/8", "::1/128"] } }).config, {
    xff_trusted_cidrs: {
      cidrs: [
        { address_prefix: "10.0.0.0", prefix_len: 8 },
        { address_prefix: "::1", prefix_len: 128 },
      ],
    },
    skip_xff_append: false,
  });
});

test("the client is found in a header of any name", () => {
  const { type, config } = detection({ customHeader: { name: "x-client", failClosed: true } });
  assert.equal(type, "CustomHeaderConfig");
  assert.deepEqual(config, {
    header_name: "x-client",
    allow_extension_to_set_address_as_trusted: true,
    reject_with_status: { code: "Forbidden" },
  });
});

test("the address of the connection is used otherwise", () => {
  assert.equal(detection({ directSourceIP: {} }).used, true);
});

test("what is no range, and less than no hops, is told", () => {
  assert.deepEqual(detection({ xForwardedFor: { trustedCIDRs: ["10.0.0.0/8", "10.0.0.0/99"] } }).mistakes, [
    'spec.clientIPDetection.xForwardedFor.trustedCIDRs[1]: "10.0.0.0/99" is no range of addresses',
  ]);
  assert.equal(detection({ xForwardedFor: { numTrustedHops: -1 } }).mistakes.length, 1);
});
