import assert from "node:assert/strict";
import { test } from "node:test";
import { neededFor, secretFrom, secretServerName } from "./secret-source.ts";

test("the cluster of an SDS server is named after its socket, in short and with a digest", () => {
  const name = secretServerName({ socket: "/run/a-b/c.sock" });
  assert.match(name, /^sds_run_a-b_c\.sock_[0-9a-f]{32}$/);
  const [one, other] = ["x", "y"].map((end) => secretServerName({ socket: `/${"a".repeat(60)}${end}` }));
  assert.equal(one?.length, "sds_".length + 48 + 1 + 32);
  assert.notEqual(one, other);
});

test("a secret from elsewhere needs the cluster of its server, one of ours the secret itself", () => {
  const outside = { name: "web", socket: "/run/sds" };
  const cluster = secretServerName(outside);
  assert.deepEqual(neededFor(outside), { type: "Cluster", name: cluster });
  assert.deepEqual(neededFor("app/cert"), { type: "Secret", name: "app/cert" });
  assert.match(JSON.stringify(secretFrom(outside)), new RegExp(`"name":"web".*"clusterName":"${cluster}"`));
});
