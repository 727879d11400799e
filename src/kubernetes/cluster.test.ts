import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { issue, type TestCertificate } from "../../test/builders/certificates.ts";
import { type AnsweringServer, openAnsweringServer } from "../../test/kubernetes/answering-server.ts";
import { openCluster } from "./cluster.ts";
import { inClusterAccess } from "./in-cluster.ts";

describe("how a cluster is found", () => {
  let folder: string;
  let server: AnsweringServer;
  let person: TestCertificate;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "cluster-"));
    person = await issue([], { of: "clients", commonName: "someone" });
    const answer = { kind: "Shown" };
    server = await openAnsweringServer((request, response) => {
      const socket = request.socket as typeof request.socket & { getPeerCertificate?: () => { subject?: { CN?: string } } };
      const { authorization = "", "impersonate-user": as = "" } = request.headers;
      response.end(
        JSON.stringify({ ...answer, authorization, as, certificate: socket.getPeerCertificate?.().subject?.CN ?? "" }),
      );
    }, person.certificate);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Writes a kubeconfig with one cluster and some users, each with a context of its name. */
  async function kubeconfig(name: string, users: Readonly<Record<string, object>>, current?: string): Promise<string> {
    const cluster = { server: server.url, "tls-server-name": "localhost", "certificate-authority-data": base64(server.ca) };
    const names = Object.keys(users);
    const content = {
      clusters: [{ name: "c", cluster }],
      users: names.map((user) => ({ name: user, user: users[user] })),
      contexts: names.map((user) => ({ name: user, context: { cluster: "c", user, namespace: `of-${user}` } })),
      ...(current === undefined ? {} : { "current-context": current }),
    };
    const path = join(folder, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  }

  async function shown(options: { kubeconfig?: string; context?: string; env?: NodeJS.ProcessEnv }) {
    const cluster = await openCluster({ env: {}, userAgent: "t", ...options });
    const answer = await cluster.client.request({ method: "GET", path: "/" });
    cluster.client.close();
    return { namespace: cluster.namespace, ...(answer as { authorization: string; as: string; certificate: string }) };
  }

  test("users of a kubeconfig show tokens, files of tokens, passwords and certificates", async () => {
    await writeFile(join(folder, "token"), "from-file\n");
    const certificate = { "client-certificate-data": base64(person.certificate), "client-key-data": base64(person.key) };
    const users = {
      token: { token: "abc", as: "another" },
      file: { tokenFile: "token" },
      password: { username: "me", password: "pw" },
      certificate,
    };
    const path = await kubeconfig("config", users, "token");
    const none = { kind: "Shown", authorization: "", as: "", certificate: "" };
    assert.deepEqual(await shown({ kubeconfig: path }), {
      ...none,
      namespace: "of-token",
      authorization: "Bearer abc",
      as: "another",
    });
    assert.equal((await shown({ kubeconfig: path, context: "file" })).authorization, "Bearer from-file");
    assert.equal((await shown({ kubeconfig: path, context: "password" })).authorization, `Basic ${base64("me:pw")}`);
    const { namespace, certificate: name } = await shown({ kubeconfig: path, context: "certificate" });
    assert.deepEqual([namespace, name], ["of-certificate", "someone"]);
  });

  test("a credential plugin is run, told what it needs, and run again only when its credential ends", async () => {
    const script = join(folder, "plugin");
    const credential = `{"kind":"ExecCredential","status":{"token":"run $(wc -l < "$RUNS" | tr -d ' ') $1","expirationTimestamp":"2120-01-01T00:00:00Z"}}`;
    await writeFile(script, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> "$RUNS"\ncat <<EOF\n${credential}\nEOF\n`);
    await chmod(script, 0o700);
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "./plugin",
      args: ["hello"],
      env: [{ name: "RUNS", value: join(folder, "runs") }],
      interactiveMode: "Never",
    };
    const path = await kubeconfig(
      "plugins",
      { good: { exec }, missing: { exec: { ...exec, command: "no-such-plugin" } } },
      "good",
    );
    const cluster = await openCluster({ env: {}, userAgent: "t", kubeconfig: path });
    const get = () => cluster.client.request({ method: "GET", path: "/" });
    for (const answer of [await get(), await get()])
      assert.equal((answer as { authorization: string }).authorization, "Bearer run 1 hello");
    cluster.client.close();
    await assert.rejects(
      shown({ kubeconfig: path, context: "missing" }),
      /user "missing": the credential plugin no-such-plugin is not installed/,
    );
  });

  test("several files are read as one; of one name the first counts", async () => {
    const first = await kubeconfig("first", { one: { token: "1" } });
    const second = await kubeconfig("second", { one: { token: "2" }, two: { token: "3" } }, "one");
    const env = { KUBECONFIG: `${first}:${join(folder, "none")}:${second}` };
    assert.equal((await shown({ env })).authorization, "Bearer 1");
    assert.equal((await shown({ env, context: "two" })).authorization, "Bearer 3");
  });

  test("what is wrong is told with file and name, and without anything secret", async () => {
    const path = await kubeconfig("wrong", { old: { "auth-provider": { name: "oidc", config: { "id-token": "s3cret" } } } });
    const open = (options: object) => openCluster({ env: { HOME: folder }, userAgent: "t", ...options });
    await assert.rejects(open({}), /no kubeconfig file at .*\.kube\/config/);
    await assert.rejects(open({ kubeconfig: path }), /no current-context; choose one with --context/);
    await assert.rejects(open({ kubeconfig: path, context: "x" }), /there is no context "x"/);
    await assert.rejects(open({ kubeconfig: path, context: "old" }), (error) => {
      assert.match(String(error), /user "old": auth-provider was removed/);
      assert.doesNotMatch(String(error), /s3cret/);
      return true;
    });
    await writeFile(join(folder, "broken"), "token: s3cret: [");
    await assert.rejects(open({ kubeconfig: join(folder, "broken") }), /broken is not a kubeconfig file/);
  });

  test("a pod shows the token of its service account, and the new one when it was rotated", async () => {
    const account = join(folder, "account");
    await mkdir(account);
    await writeFile(join(account, "namespace"), "gateways");
    await writeFile(join(account, "ca.crt"), server.ca);
    await writeFile(join(account, "token"), "t1\n");
    const access = await inClusterAccess({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" }, account);
    assert.deepEqual([access.server.href, access.namespace], ["https://[fd00::1]:6443/", "gateways"]);
    const first = await access.credentials();
    assert.deepEqual(first, { tls: { ca: server.ca }, authorization: "Bearer t1" });
    await writeFile(join(account, "token"), "t2\n");
    assert.equal(await access.credentials(), first);
    const second = await access.credentials(true);
    assert.equal(second.authorization, "Bearer t2");
    assert.equal(second.tls, first.tls);
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
