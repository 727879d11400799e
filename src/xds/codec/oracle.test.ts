/** Our encoder against protobuf-es: on everything that Envoy Gateway makes of the parity cases, and on random messages. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";
import { arbitraryMessage } from "../../../test/builders/arbitrary-message.ts";
import { typeUrls } from "../resource.ts";
import { fromProtoJson, toProtoJson } from "./decode.ts";
import { encodeUntyped } from "./encoder.ts";
import { violationsUntyped } from "./violations.ts";

const cases = new URL("../../../../shared/parity/cases/", import.meta.url).pathname;

interface Peer {
  readonly xds?: Readonly<Record<string, Readonly<Record<string, readonly JsonValue[]>>>>;
}

/** Every resource in the answer of a case: the full name of its message, and the message. */
function resourcesOf(file: string): (readonly [name: string, message: JsonValue])[] {
  const peer = JSON.parse(readFileSync(file, "utf8")) as Peer;
  return Object.values(peer.xds ?? {}).flatMap((types) =>
    Object.entries(typeUrls).flatMap(([type, url]) =>
      (types[type] ?? []).map((message) => [url.slice(url.indexOf("/") + 1), message] as const),
    ),
  );
}

describe("the encoder and protobuf-es agree", () => {
  it("on every resource of the parity cases, none of which breaks a rule", (t) => {
    if (!existsSync(cases)) {
      t.skip(`${cases} is not there: the resources of the parity cases were NOT compared`);
      return;
    }
    const resources = globSync(`${cases}*/peer.json`).flatMap(resourcesOf);
    assert.ok(resources.length > 0);
    for (const [name, message] of resources) {
      const bytes = encodeUntyped(name, message);
      assert.deepEqual(toProtoJson(name, bytes), message);
      assert.deepEqual(violationsUntyped(name, message), []);
    }
  });

  const types = [
    "envoy.config.listener.v3.Listener",
    "envoy.config.route.v3.RouteConfiguration",
    "envoy.config.route.v3.VirtualHost",
    "envoy.config.route.v3.RouteAction",
    "envoy.config.cluster.v3.Cluster",
    "envoy.config.endpoint.v3.ClusterLoadAssignment",
    "envoy.config.bootstrap.v3.Bootstrap",
    "envoy.config.core.v3.Metadata",
    "envoy.config.accesslog.v3.AccessLog",
    "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
    "envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
    "xds.type.matcher.v3.Matcher",
  ];
  for (const name of types) {
    it(`on random messages of ${name}`, () => {
      const agree = (message: Record<string, unknown>): void => {
        // Maps stand in any order in the library's bytes, so what is compared is what both mean.
        assert.deepEqual(
          toProtoJson(name, encodeUntyped(name, message)),
          toProtoJson(name, fromProtoJson(name, message as JsonValue)),
        );
      };
      fc.assert(fc.property(arbitraryMessage(name), agree), { numRuns: 40 });
    });
  }
});
