/** Both programs and the quickstart, as a newcomer runs them. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { builtKinds } from "../../src/api/kinds.ts";
import { findRunningEnvoys } from "../../src/infra/host/running-envoys.ts";
import { type ChildProgram, ownHome, root, run } from "./child-program.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { ask, echoOf } from "./http-client.ts";

const anyPorts = ["--xds-port", "0", "--admin-port", "0", "--health-port", "0", "--metrics-port", "0"];

async function endedBy(program: ChildProgram, signal: NodeJS.Signals): Promise<number | null> {
  program.process.kill(signal);
  return program.ended;
}

/** The quickstart's objects on free ports, in a folder of their own. */
async function quickstartObjects(folder: string): Promise<{ readonly files: string; readonly port: number }> {
  const [port, backendPort] = [await freePort(), await freePort()];
  const files = join(folder, "objects");
  mkdirSync(files);
  const text = readFileSync(join(root, "examples/quickstart/gateway.yaml"), "utf8");
  writeFileSync(
    join(files, "gateway.yaml"),
    text.replace("port: 8888", `port: ${port}`).replace("port: 3000", `port: ${backendPort}`),
  );
  return { files, port };
}

const node = "node_modules/node/bin/node";
const quickstartArgs = (files: string) => [
  "--disable-warning=ExperimentalWarning",
  "examples/quickstart/start.ts",
  "--files",
  files,
  ...anyPorts,
];

/** The newest Envoy that runs under a home folder. */
function envoyUnder(folder: string) {
  const runtime = join(folder, `envoy-gateway-${process.getuid?.()}`);
  const [envoys] = findRunningEnvoys({ config: "", data: "", state: "", runtime }).values();
  return envoys?.at(-1)?.identity;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`the quickstart prints a request that is answered, and leaves nothing after ${signal}`, async (t) => {
    const home = ownHome();
    t.after(() => home.remove());
    const { files, port } = await quickstartObjects(home.folder);
    const program = run(node, quickstartArgs(files), { env: home.env });
    t.after(async () => {
      program.process.kill("SIGTERM");
      await program.ended;
    });
    const [, host, told] = await program.says(/curl --header "Host: (\S+)" http:\/\/localhost:(\d+)\/get/);
    assert.equal(Number(told), port);
    const echo = echoOf(await ask(port, "/get", { host: host ?? "" }));
    assert.deepEqual([echo.path, echo.host, echo.method, echo.namespace], ["/get", "www.example.com", "GET", "default"]);
    const envoy = envoyUnder(home.folder);
    assert.ok(envoy);
    assert.equal(await endedBy(program, signal), 0);
    assert.equal(existsSync(`/proc/${envoy.pid}`), false);
    await assert.rejects(ask(port, "/get"), { code: "ECONNREFUSED" });
  });
}

test("the quickstart says which port is taken and by whom, and ends with 1", async (t) => {
  const home = ownHome();
  const other = createServer();
  t.after(() => {
    other.close();
    home.remove();
  });
  const { files } = await quickstartObjects(home.folder);
  const taken = await listenAnywhere(other);
  const args = quickstartArgs(files).map((arg, i, all) => (all[i - 1] === "--admin-port" ? String(taken) : arg));
  const program = run(node, args, { env: home.env });
  assert.equal(await program.ended, 1);
  assert.match(
    program.output(),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken} for the admin API: .*\\(pid ${process.pid}\\)`),
  );
});

/** Sends requests one after the other until told to end, and gives what went wrong with them. */
function failuresDuring(request: () => Promise<true | undefined>) {
  const failures: unknown[] = [];
  let ended = false;
  const sending = (async () => {
    while (!ended) {
      const answered = await request().catch((error: unknown) => error);
      if (answered !== true) failures.push(answered);
    }
  })();
  return {
    async end(): Promise<readonly unknown[]> {
      ended = true;
      await sending;
      return failures;
    },
  };
}

test("the server serves a configuration file, follows it while requests go on, and ends cleanly", async (t) => {
  const home = ownHome();
  t.after(() => home.remove());
  const { files, port } = await quickstartObjects(home.folder);
  const config = join(home.folder, "envoy-gateway.yaml");
  const write = (level: string, extra = "") =>
    writeFileSync(
      config,
      `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
logging: {level: {default: ${level}}}
extensionApis: {enableBackend: true}
provider:
  type: Custom
  custom:
    resource: {type: File, file: {paths: [${files}]}}
    infrastructure: {type: Host, host: {}}
${extra}`,
    );
  write("info");
  const program = run("bin/envoy-gateway", ["server", "--config-path", config, ...anyPorts], { env: home.env });
  t.after(async () => {
    program.process.kill("SIGTERM");
    await program.ended;
  });
  const [, admin] = await program.says(/serving.*"admin":"http:\/\/127\.0\.0\.1:(\d+)"/);
  const problems = async () => JSON.parse((await ask(Number(admin), "/api/problems")).body);
  // Nobody runs the backend: Envoy itself answers, which is all that this test needs.
  const served = () => ask(port, "/get", { host: "www.example.com" }).then(({ status }) => (status === 503 ? true : undefined));
  await eventually("Envoy serves", served);
  const envoy = envoyUnder(home.folder);
  write("nonsense");
  await program.says(/cannot be used: going on with the last one/);
  const [told] = await problems();
  assert.equal(told.subject, `${config}:3`);
  assert.match(told.message, /supported values: "debug"/);
  write("info");
  await program.says(/the configuration file is in order again/);
  assert.deepEqual(await problems(), []);
  write("debug");
  await program.says(/took the log levels of the changed configuration file/);
  assert.doesNotMatch(program.output(), /starting anew/);
  const lost = failuresDuring(served);
  write("debug", "admin: {enableDumpConfig: true}\n");
  await program.says(/the configuration in force.*"enableDumpConfig":true/);
  await program.says(/took over the Envoy that was left running/);
  await eventually("the new control plane answers", async () => ((await problems()).length === 0 ? true : undefined));
  assert.deepEqual(await lost.end(), []);
  assert.equal(envoyUnder(home.folder)?.pid, envoy?.pid, "the proxy is the same");
  assert.equal(await endedBy(program, "SIGTERM"), 0);
  assert.equal(existsSync(`/proc/${envoy?.pid}`), false);
});

test("programs run from any folder and through links", async (t) => {
  const home = ownHome();
  t.after(() => home.remove());
  for (const name of ["envoy-gateway", "egctl"]) {
    const link = join(home.folder, name);
    symlinkSync(join(root, "bin", name), link);
    const { spawnSync } = await import("node:child_process");
    const result = spawnSync(link, ["version", "-o", "json"], { cwd: home.folder, encoding: "utf8" });
    assert.equal(result.status, 0, result.stderr);
    const version = JSON.parse(result.stdout);
    assert.equal((version.client ?? version).gatewayAPIVersion, "v1.6.1");
  }
});

test("certgen makes certificates with private keys, and keeps them the second time", async (t) => {
  const home = ownHome();
  t.after(() => home.remove());
  const args = ["certgen", "--local", "--config-home", home.folder];
  const first = run("bin/envoy-gateway", args);
  assert.equal(await first.ended, 0, first.output());
  assert.match(first.stdout(), /^created certificates in .*certs, valid until \d{4}-\d\d-\d\d/);
  const key = join(home.folder, "certs/envoy/tls.key");
  assert.equal(statSync(key).mode & 0o777, 0o600);
  const before = readFileSync(key, "utf8");
  assert.match(await outputOf(args), /^kept/);
  assert.equal(readFileSync(key, "utf8"), before);
  await outputOf([...args, "--overwrite"]);
  assert.notEqual(readFileSync(key, "utf8"), before);
});

async function outputOf(args: readonly string[]): Promise<string> {
  const program = run("bin/envoy-gateway", args);
  await program.ended;
  return program.stdout();
}

const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["bin/envoy-gateway", ["servr"], 2, /unknown command 'servr'\n\(Did you mean server\?\)/],
  ["bin/envoy-gateway", ["server"], 2, /--files PATH .* --config-path FILE/],
  ["bin/envoy-gateway", ["server", "--files", "a", "-c", "b"], 2, /not both/],
  ["bin/envoy-gateway", ["server", "-c", "/nowhere.yaml"], 1, /\/nowhere\.yaml: no such file/],
  ["bin/envoy-gateway", ["server", "--files", "a", "--xds-port", "x"], 2, /A port is a number/],
  ["bin/egctl", ["x", "install", "--dry-run", "--set", "deployment.replica=2"], 1, /there is no deployment\.replica/],
  ["bin/egctl", ["x", "install", "--version", "v0.0.1"], 2, /this egctl installs v/],
  ["bin/egctl", ["x", "translate", "-f", "a", "-t", "teapot"], 2, /Allowed choices are/],
  ["bin/egctl", ["x", "translate", "-f", "a", "--to", "xds,tea"], 2, /"tea" is not one of/],
  ["bin/envoy-gateway", ["crds", "Nothing"], 2, /no definition of "Nothing"; there are GatewayClass/],
  ["bin/egctl", ["x", "validate", "-f", "/nowhere.yaml"], 1, /\/nowhere\.yaml: no such file/],
];
for (const [command, args, code, message] of wrong) {
  test(`${command} ${args.join(" ")} ends with ${code} and says why`, async () => {
    const program = run(command, args);
    assert.equal(await program.ended, code);
    assert.match(program.output(), message);
  });
}

test("validate names file, line, object and field; translate shows what is right and fails for the rest", async () => {
  const input = `${readFileSync(join(root, "examples/quickstart/gateway.yaml"), "utf8")}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: bad}
spec:
  gatewayClassName: eg
  listeners:
    - {name: a, protocol: HTTP, port: 99999}
`;
  const line = input.split("\n").findIndex((text) => text.includes("99999")) + 1;
  const validated = run("bin/egctl", ["x", "validate", "-f", "-"], { input });
  assert.equal(await validated.ended, 1);
  assert.match(validated.output(), new RegExp(`^<stdin>:${line}: Gateway default/bad: spec\\.listeners\\[0\\]\\.port: `, "m"));

  const translated = run(
    "bin/egctl",
    ["experimental", "translate", "--from", "gateway-api", "--to", "xds", "--standalone", "-f", "-", "-o", "json"],
    { input },
  );
  assert.equal(await translated.ended, 1);
  const dump = JSON.parse(translated.stdout()).xds["default/eg"];
  const kinds = dump.configs.map((config: { "@type": string }) => config["@type"].split(".").at(-1));
  assert.deepEqual(
    kinds,
    ["Bootstrap", "Endpoints", "Clusters", "Listeners", "Routes", "Secrets"].map((kind) => `${kind}ConfigDump`),
  );
});

test("crds prints all definitions, or those asked for by name", async () => {
  const all = run("bin/envoy-gateway", ["crds"]);
  assert.equal(await all.ended, 0);
  const definitions = parseAllDocuments(all.stdout()).map((document) => document.toJS());
  const names = builtKinds.flatMap(({ custom, plural, group }) => (custom ? [`${plural}.${group}`] : []));
  assert.deepEqual(
    definitions.map(({ kind, metadata }) => [kind, metadata.name]),
    names.map((name) => ["CustomResourceDefinition", name]),
  );

  const one = run("bin/envoy-gateway", ["crds", "httproutes", "-o", "json"]);
  assert.equal(await one.ended, 0);
  assert.equal(JSON.parse(one.stdout()).spec.names.kind, "HTTPRoute");
});

test("help shows examples and exit codes", async () => {
  for (const [command, ...args] of [
    ["bin/envoy-gateway", "server"],
    ["bin/envoy-gateway", "certgen"],
    ["bin/envoy-gateway", "crds"],
    ["bin/egctl", "x", "translate"],
    ["bin/egctl", "x", "validate"],
    ["bin/egctl", "x", "status"],
    ["bin/egctl", "x", "explain"],
    ["bin/egctl", "x", "collect"],
    ["bin/egctl", "x", "stats", "envoy-proxy"],
    ["bin/egctl", "config", "envoy-proxy"],
    ["bin/egctl", "config", "envoy-gateway"],
  ] as const) {
    const program = run(command ?? "", [...args, "--help"]);
    assert.equal(await program.ended, 0);
    assert.match(program.stdout(), /Examples:[\s\S]*Exit codes: 0 success, 1 failure .*, 2 wrong usage/);
  }
});
