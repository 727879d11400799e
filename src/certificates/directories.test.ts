import assert from "node:assert/strict";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostDirectories } from "./directories.ts";

const runtime = `envoy-gateway-${userInfo().uid}`;

test("folders are under the home folder unless the environment names others", () => {
  assert.deepEqual(hostDirectories({ HOME: "/home/a" }), {
    config: "/home/a/.config/envoy-gateway",
    data: "/home/a/.local/share/envoy-gateway",
    state: "/home/a/.local/state/envoy-gateway",
    runtime: join(tmpdir(), runtime),
  });
  const env = { HOME: "/home/a", XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", TMPDIR: "/t" };
  assert.deepEqual(hostDirectories(env), {
    config: "/c/envoy-gateway",
    data: "/d/envoy-gateway",
    state: "/s/envoy-gateway",
    runtime: join("/t", runtime),
  });
});

test("empty and relative paths in the environment count as not set", () => {
  const env = { HOME: "/home/a", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "state", TMPDIR: "tmp" };
  const { config, state, runtime: found } = hostDirectories(env);
  assert.deepEqual(
    [config, state, found],
    ["/home/a/.config/envoy-gateway", "/home/a/.local/state/envoy-gateway", join(tmpdir(), runtime)],
  );
});
