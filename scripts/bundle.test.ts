import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { definitions } from "../src/install/installation.ts";

const root = join(import.meta.dirname, "..");

/** Runs a command in a folder that holds the bundles and nothing else, with an environment that has nothing of ours. */
function runIn(cwd: string, args: readonly string[]): string {
  const run = spawnSync(process.execPath, args, { cwd, env: { HOME: cwd }, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout;
}

describe("the bundles", () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const run = (program: string, ...args: readonly string[]) => runIn(folder, [`${program}.mjs`, ...args]);

  before(() => {
    const out = ["--out", folder, "--node", "/nodejs/bin/node"];
    const build = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/bundle.ts", ...out], {
      cwd: root,
      env: { ...process.env, COMMIT: "0123abc" },
      encoding: "utf8",
    });
    assert.equal(build.status, 0, build.stderr);
    cpSync(join(root, "examples/quickstart/gateway.yaml"), join(folder, "gateway.yaml"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("name the Node of the image in their first line", () => {
    assert.match(readFileSync(join(folder, "envoy-gateway.mjs"), "utf8"), /^#!\/nodejs\/bin\/node\n/);
  });

  test("get the flags of Node that programs get elsewhere", () => {
    const flagsIn = (file: string, start: RegExp) => {
      const [, line = ""] = start.exec(readFileSync(join(root, file), "utf8")) ?? [];
      return line.match(/--[a-z][^\s",]*/g)?.filter((flag) => !flag.startsWith("--disable-warning"));
    };
    const flags = flagsIn("scripts/launch.sh", /^exec (.*)/m);
    assert.equal(flags?.length, 2);
    assert.deepEqual(flagsIn("scripts/bundle.ts", /(\/usr\/bin\/env -S .*)/), flags);
    assert.deepEqual(flagsIn("Dockerfile", /^ENTRYPOINT (.*)/m), flags);
    assert.deepEqual(flagsIn("test/cluster/gateway-image.ts", /imageFlags = (.*)/), flags);
  });

  // V8 keeps the text as long as the program runs, in two bytes for each character where a single one is beyond Latin-1. esbuild escapes
  // those in strings, not those in regular expressions.
  test("hold nothing but ASCII", () => {
    for (const program of ["envoy-gateway", "egctl"]) {
      const text = readFileSync(join(folder, `${program}.mjs`), "utf8");
      const others = [...text.matchAll(/\P{ASCII}/gu)].map(({ index }) => text.slice(index - 40, index + 1));
      assert.deepEqual(others, [], program);
    }
  });

  test("know what they are", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
    assert.match(run("envoy-gateway", "version"), new RegExp(`^ENVOY_GATEWAY_VERSION: v${version}\n`));
    assert.match(run("egctl", "version"), new RegExp(`v${version}\n[^]*GIT_COMMIT_ID: 0123abc\n`));
  });

  test("print the definitions", () => {
    assert.deepEqual(JSON.parse(run("envoy-gateway", "crds", "-o", "json")).items, definitions());
  });

  test("translate to what Envoy is sent", () => {
    const args = ["x", "translate", "--standalone", "-f", "gateway.yaml", "--to", "xds"];
    const dump = parse(run("egctl", ...args)) as { readonly xds: Readonly<Record<string, object>> };
    assert.deepEqual(Object.keys(dump.xds), ["default/eg"]);
  });

  test("send metrics by gRPC", async (t) => {
    const collector = createServer().listen(0, "127.0.0.1");
    t.after(() => collector.close());
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const server = spawn(process.execPath, serverArgs(folder, port), { cwd: folder, env: { HOME: folder } });
    const ended = once(server, "exit");
    t.after(async () => {
      server.kill("SIGTERM");
      await ended;
    });
    const [request, complaint] = [firstText(collector), textLike(server.stdout, /cannot be sent/)];
    assert.match(await Promise.race([request, complaint, ended.then(String)]), /^PRI \* HTTP\/2\.0/);
  });
});

/** Writes a configuration without objects that sends metrics to a port; returns the arguments of a server for it. */
function serverArgs(folder: string, port: number): readonly string[] {
  const openTelemetry = { host: "127.0.0.1", port, protocol: "grpc", exportInterval: "100ms" };
  const config = {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: { type: "Custom", custom: { resource: { type: "File", file: { paths: [join(folder, "objects")] } } } },
    telemetry: { metrics: { sinks: [{ type: "OpenTelemetry", openTelemetry }] } },
  };
  mkdirSync(join(folder, "objects"));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const ports = ["--xds-port", "0", "--admin-port", "0", "--health-port", "0", "--metrics-port", "0"];
  return ["envoy-gateway.mjs", "server", "--config-path", "config.json", ...ports];
}

/** What the first client of a server says first. */
async function firstText(server: Server): Promise<string> {
  const [socket] = (await once(server, "connection")) as [Socket];
  const [text] = await once(socket, "data");
  socket.destroy();
  return String(text);
}

async function textLike(stream: Readable, pattern: RegExp): Promise<string> {
  for await (const text of stream) if (pattern.test(String(text))) return String(text);
  return "";
}
