import assert from "node:assert/strict";
import { test } from "node:test";
import { drainEnvoy } from "./drain.ts";
import type { EnvoyAdmin } from "./envoy-admin.ts";

/** An admin interface of a proxy without requests that notes what it is asked for; `asked` is called before each answer. */
function idleAdmin(asked: (path: string) => void = () => {}): EnvoyAdmin & { readonly paths: string[] } {
  const paths: string[] = [];
  const answer = async (path: string) => {
    paths.push(path);
    asked(path);
    return { status: 200, body: "http.a.downstream_rq_active: 0\n" };
  };
  return { paths, get: answer, post: answer };
}

const atOnce = { failingMs: 0, drainTimeoutMs: 1000, minDrainMs: 0 };
const never = new AbortController().signal;

test("a proxy fails its health checks, then drains, then is looked at for requests", async () => {
  const admin = idleAdmin();
  await drainEnvoy(admin, atOnce, never, 1);
  assert.deepEqual(admin.paths.slice(0, 2), ["/healthcheck/fail", "/drain_listeners?graceful"]);
  assert.match(admin.paths[2] ?? "", /^\/stats/);
});

test("a proxy goes on as before while only its health checks fail, unless there is a hurry", async () => {
  const hurry = new AbortController();
  const admin = idleAdmin((path) => {
    if (path === "/healthcheck/fail") setImmediate(() => hurry.abort());
  });
  // The hour would not pass within the test.
  await drainEnvoy(admin, { ...atOnce, failingMs: 3_600_000 }, hurry.signal, 1);
  assert.deepEqual(admin.paths, ["/healthcheck/fail", "/drain_listeners?graceful"]);
});
