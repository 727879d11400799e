import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterWith, grpc } from "../../../test/builders/cluster-settings.ts";

const settings = {
  http2: {
    initialConnectionWindowSize: "2Mi",
    initialStreamWindowSize: "128Ki",
    maxConcurrentStreams: 200,
    onInvalidMessage: "TerminateStream",
    connectionKeepalive: { interval: "30s", timeout: "5s", intervalJitter: 10, idleInterval: "1s" },
  },
};

test("windows, streams and pings are those asked for", () => {
  assert.deepEqual(clusterWith(settings, grpc).http, {
    explicitHttpConfig: {
      http2ProtocolOptions: {
        initialConnectionWindowSize: 2_097_152,
        initialStreamWindowSize: 131_072,
        maxConcurrentStreams: 200,
        overrideStreamErrorOnInvalidHttpMessage: true,
        connectionKeepalive: {
          interval: "30s",
          timeout: "5s",
          intervalJitter: { value: 10 },
          connectionIdleInterval: "1s",
        },
      },
    },
  });
});

test("HTTP/1.1 stays as it is", () => {
  assert.deepEqual(clusterWith(settings).http, {});
});

test("an unknown end of invalid messages is told", () => {
  assert.match(
    clusterWith({ http2: { onInvalidMessage: "Ignore" } }, grpc).mistakes.join(),
    /^http2\.onInvalidMessage: Ignore is not known/,
  );
});
