import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("idle connections with clients are probed, in whole seconds", () => {
  const { listener } = listenerWith({ tcpKeepalive: { probes: 3, idleTime: "20m", interval: "100ms" } }, "TCP");
  const options = (listener.socket_options ?? []) as readonly { level?: string; name: string; int_value: string }[];
  assert.deepEqual(
    options.map(({ level, name, int_value }) => [level, name, int_value]),
    [
      ["1", "9", "1"],
      ["6", "6", "3"],
      ["6", "4", "1200"],
      ["6", "5", "1"],
    ],
  );
});

test("what Linux does not take is told", () => {
  const { mistakes, listener } = listenerWith({ tcpKeepalive: { probes: 128, idleTime: "10h", interval: "9h" } });
  assert.deepEqual(mistakes, [
    "spec.tcpKeepalive.probes: 128 is out of range; use 1 to 127",
    "spec.tcpKeepalive.idleTime: 10h is too long; use at most 32767s",
  ]);
  assert.equal(listener.socket_options, undefined);
});
