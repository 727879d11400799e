import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { HostDirectories } from "../../certificates/directories.ts";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";
import { silentLogger } from "../../log/logger.ts";
import { fleetFiles, scopeDirectoryName } from "./directories.ts";
import { type EnvoyBinary, findEnvoy } from "./envoy-binary.ts";
import { envoyCommand } from "./envoy-command.ts";
import { startEnvoy } from "./envoy-process.ts";
import { createHostInfrastructure } from "./host-infrastructure.ts";
import { isRunning } from "./process-identity.ts";
import { recordedProcess, writeRecord } from "./process-record.ts";

let binary: EnvoyBinary;
let folder: string;
before(async () => {
  const found = await findEnvoy();
  assert.ok("path" in found, "problem" in found ? found.problem : "");
  binary = found;
  folder = mkdtempSync(join(tmpdir(), "fleet-"));
});
after(() => rmSync(folder, { recursive: true }));

const bootstrap = () => JSON.stringify({ admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } } });

function directories(name: string): HostDirectories {
  const at = (kind: string) => join(folder, name, kind);
  return { config: at("config"), data: at("data"), state: at("state"), runtime: at("run") };
}

function infraOf(name: string, more: Partial<ProxyInfra> = {}): ProxyInfra {
  const owner = { kind: "Gateway", namespace: "default", name } as const;
  return {
    scope: `default/${name}`,
    owner,
    listeners: [],
    addresses: [],
    labels: {},
    annotations: {},
    proxy: undefined,
    ...more,
  };
}

/** A host infrastructure whose reports can be waited for. */
function host(dirs: HostDirectories) {
  const reports = new Map<string, InfraReport | undefined>();
  const waiting = new Set<() => void>();
  const infrastructure = createHostInfrastructure({
    binary,
    directories: dirs,
    host: { ipv4: ["192.0.2.7", "127.0.0.1"], ipv6: [] },
    bootstrap,
    report(scope, report) {
      reports.set(scope, report);
      for (const look of waiting) look();
    },
    log: silentLogger,
  });
  const until = (scope: string, holds: (report: InfraReport | undefined) => boolean) =>
    new Promise<InfraReport | undefined>((resolve) => {
      const look = () => {
        if (!reports.has(scope) || !holds(reports.get(scope))) return;
        waiting.delete(look);
        resolve(reports.get(scope));
      };
      waiting.add(look);
      look();
    });
  return { infrastructure, until, pid: (scope: string) => infrastructure.pidOf(scope) ?? 0 };
}

const isUp = (report: InfraReport | undefined) => report?.replicas.available === 1;
const isDown = (report: InfraReport | undefined) => report?.replicas.available === 0 && report.problem !== undefined;

test("runs an Envoy, brings it back when it is killed, and leaves nothing when stopped", async () => {
  const dirs = directories("life");
  const files = fleetFiles(dirs, scopeDirectoryName("default/eg"));
  const { infrastructure, until, pid } = host(dirs);
  infrastructure.reconcile([infraOf("eg")]);
  const report = await until("default/eg", isUp);
  assert.deepEqual(
    report?.addresses.map(({ value }) => value),
    ["192.0.2.7", "127.0.0.1"],
  );
  assert.equal(statSync(files.bootstrap).mode & 0o777, 0o600);

  const first = pid("default/eg");
  process.kill(first, "SIGKILL");
  const down = await until("default/eg", isDown);
  assert.match(down?.problem ?? "", /^Envoy ended with signal SIGKILL.*envoy\.log$/);
  const up = await until("default/eg", isUp);
  assert.equal(up?.problem, undefined);
  assert.notEqual(pid("default/eg"), first);

  const record = recordedProcess(files.record);
  assert.ok(record);
  await infrastructure.stop();
  assert.equal(isRunning(record), false);
  assert.throws(() => statSync(files.directory), { code: "ENOENT" });
  assert.ok(statSync(files.log).isFile(), "the log stays");
});

test("a removed fleet is ended and reported gone; its neighbour goes on", async () => {
  const { infrastructure, until, pid } = host(directories("removal"));
  infrastructure.reconcile([infraOf("a"), infraOf("b")]);
  await Promise.all([until("default/a", isUp), until("default/b", isUp)]);
  const kept = pid("default/b");
  infrastructure.reconcile([infraOf("b")]);
  await until("default/a", (report) => report === undefined);
  assert.equal(pid("default/b"), kept);
  await infrastructure.stop();
});

test("an Envoy that cannot start is reported in its own words, again and again", async () => {
  const { infrastructure, until } = host(directories("crash"));
  infrastructure.reconcile([infraOf("eg", { proxy: { extraArgs: ["--no-such-flag"] } })]);
  const report = await until("default/eg", (found) => isDown(found) && /2 times in a row/.test(found?.problem ?? ""));
  assert.match(report?.problem ?? "", /exit code 1.*no-such-flag/s);
  infrastructure.reconcile([infraOf("eg")]);
  assert.equal((await until("default/eg", isUp))?.problem, undefined);
  await infrastructure.stop();
});

test("a wanted version that is not there is refused by name", async () => {
  const { infrastructure, until } = host(directories("version"));
  infrastructure.reconcile([infraOf("eg", { proxy: { provider: { type: "Host", host: { envoyVersion: "1.2.3" } } } })]);
  assert.match((await until("default/eg", isDown))?.problem ?? "", /asks for Envoy 1\.2\.3 .*--envoy-path/);
  await infrastructure.stop();
});

test("while the parameters cannot be resolved, what runs goes on and nothing new starts", async () => {
  const { infrastructure, until, pid } = host(directories("unresolved"));
  infrastructure.reconcile([infraOf("old"), infraOf("new", { unresolved: "EnvoyProxy default/missing does not exist" })]);
  await until("default/old", isUp);
  const running = pid("default/old");
  assert.match((await until("default/new", isDown))?.problem ?? "", /^EnvoyProxy default\/missing does not exist/);
  infrastructure.reconcile([infraOf("old", { unresolved: "gone", proxy: { concurrency: 1 } }), infraOf("new")]);
  await until("default/new", isUp);
  assert.equal(pid("default/old"), running);
  await infrastructure.stop();
});

test("a taken port is reported while the proxy runs", async () => {
  const other = createServer();
  const number = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => resolve(Number(JSON.parse(JSON.stringify(other.address())).port)));
  });
  const { infrastructure, until } = host(directories("port"));
  const listeners = [{ name: "http", protocol: "TCP", servicePort: number, containerPort: number }] as const;
  infrastructure.reconcile([infraOf("eg", { listeners })]);
  const report = await until("default/eg", (found) => isUp(found) && found?.problem !== undefined);
  assert.match(report?.problem ?? "", new RegExp(`port ${number} is taken by .*pid ${process.pid}`));
  other.close();
  await until("default/eg", (found) => isUp(found) && found?.problem === undefined);
  await infrastructure.stop();
});

test("takes over the Envoy that an earlier control plane left running, and ends one that nobody wants", async () => {
  const dirs = directories("left");
  const infra = infraOf("eg");
  const left = await Promise.all(
    ["default/eg", "default/gone"].map((scope) => {
      const files = fleetFiles(dirs, scopeDirectoryName(scope));
      return startEnvoy(envoyCommand({ ...infra, scope }, bootstrap(), binary, files), files);
    }),
  );
  const { infrastructure, until, pid } = host(dirs);
  infrastructure.reconcile([infra]);
  await until("default/eg", isUp);
  assert.equal(pid("default/eg"), left[0]?.record.pid);
  await left[1]?.ended;
  await infrastructure.stop();
  assert.ok(left.every(({ record }) => !isRunning(record)));
});

test("a detached infrastructure leaves its Envoys to the next one", async () => {
  const dirs = directories("detached");
  const first = host(dirs);
  first.infrastructure.reconcile([infraOf("eg")]);
  await first.until("default/eg", isUp);
  const running = first.pid("default/eg");
  await first.infrastructure.detach();
  const second = host(dirs);
  second.infrastructure.reconcile([infraOf("eg")]);
  await second.until("default/eg", isUp);
  assert.equal(second.pid("default/eg"), running);
  await second.infrastructure.stop();
});

test("a recorded pid that another process has now is left alone", async () => {
  const dirs = directories("foreign");
  const files = fleetFiles(dirs, scopeDirectoryName("default/eg"));
  const { infrastructure, until, pid } = host(dirs);
  infrastructure.reconcile([infraOf("eg")]);
  await until("default/eg", isUp);
  const record = JSON.parse(readFileSync(files.record, "utf8"));
  assert.equal(record.pid, pid("default/eg"));
  await infrastructure.stop();
  mkdirSync(files.directory, { recursive: true });
  writeRecord(files.record, { ...record, pid: process.pid });
  assert.equal(recordedProcess(files.record), undefined);
});

test("a runtime directory serves one control plane at a time", async () => {
  const dirs = directories("lock");
  const { infrastructure } = host(dirs);
  assert.throws(() => host(dirs), new RegExp(`another envoy-gateway \\(pid ${process.pid}\\)`));
  await infrastructure.stop();
  await host(dirs).infrastructure.stop();
});
