import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient, ApiRequest } from "../kubernetes/api-client.ts";
import { createLogs } from "../log/logger.ts";
import { checkProxyTokens } from "./proxy-tokens.ts";

const audience = "envoy-gateway.system.svc.cluster.local";
const node = { id: "eg-1", cluster: "shop/eg" };

const good = {
  authenticated: true,
  audiences: [audience],
  user: { username: "system:serviceaccount:shop:eg", extra: { "authentication.kubernetes.io/pod-name": ["eg-1"] } },
};

/** What a holder of a token may read, as the API server judges the token. */
async function scopeFor(status: object | Error, asked = node) {
  const requests: ApiRequest[] = [];
  const client: ApiClient = {
    async request(request) {
      requests.push(request);
      if (status instanceof Error) throw status;
      return { kind: "TokenReview", status };
    },
    watch: () => assert.fail("nothing is watched"),
    close() {},
  };
  let log = "";
  const check = checkProxyTokens({
    client,
    audience,
    accountOf: (scope) => (scope === "shop/eg" || scope === "shop/other" ? scope : undefined),
    log: createLogs({}, { write: (line) => (log += line) }).for("xds-server"),
  });
  const caller = await check("s3cret");
  assert.doesNotMatch(log, /s3cret/);
  assert.deepEqual((requests[0]!.body as { spec: unknown }).spec, { token: "s3cret", audiences: [audience] });
  return caller?.scopeOf({ ...asked });
}

test("a proxy reads what is of its fleet, as the pod that its token was given to", async () => {
  assert.equal(await scopeFor(good), "shop/eg");
  assert.equal(await scopeFor(good, { ...node, id: "eg-2" }), undefined);
  assert.equal(await scopeFor(good, { ...node, cluster: "shop/other" }), undefined);
  assert.equal(await scopeFor(good, { ...node, cluster: "gone/eg" }), undefined);
  assert.equal(await scopeFor(good, { ...node, cluster: "" }), undefined);
});

test("tokens that are not vouched for, not meant for us, or not of a pod are no good", async () => {
  assert.equal(await scopeFor({ ...good, authenticated: false }), undefined);
  assert.equal(await scopeFor({ ...good, audiences: ["other"] }), undefined);
  assert.equal(await scopeFor({ ...good, audiences: undefined }), undefined);
  assert.equal(await scopeFor({ ...good, user: { ...good.user, username: "admin" } }), undefined);
  assert.equal(await scopeFor({ ...good, user: { username: good.user.username } }), undefined);
  assert.equal(await scopeFor({ ...good, user: { ...good.user, username: "system:serviceaccount:evil:eg" } }), undefined);
  assert.equal(await scopeFor(new Error("no answer")), undefined);
});
