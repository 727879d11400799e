import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../../../test/envoy/eventually.ts";
import { freePort, listenOn } from "../../../test/envoy/free-port.ts";
import { readParameters } from "../../api/envoy/applied-parameters.ts";
import type { HostDirectories } from "../../certificates/directories.ts";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";
import { silentLogger } from "../../log/logger.ts";
import { fleetFiles, launchFiles, scopeDirectoryName } from "./directories.ts";
import { type EnvoyBinary, findEnvoy } from "./envoy-binary.ts";
import { envoyCommand } from "./envoy-command.ts";
import { prepareLaunch, startEnvoy } from "./envoy-process.ts";
import { createHostInfrastructure } from "./host-infrastructure.ts";
import { readBaseId } from "./hot-restart.ts";
import { identify, isRunning } from "./process-identity.ts";
import { findRunningEnvoys } from "./running-envoys.ts";

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
    gatewayClass: { name: "eg" },
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
  const notes = new Map<string, string | undefined>();
  const infrastructure = createHostInfrastructure({
    binary,
    directories: dirs,
    host: { ipv4: ["192.0.2.7", "127.0.0.1"], ipv6: [] },
    bootstrap,
    report(scope, report) {
      reports.set(scope, report);
      for (const look of waiting) look();
    },
    note: (scope, text) => notes.set(scope, text),
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
  return { infrastructure, until, notes, pid: (scope: string) => infrastructure.pidOf(scope) ?? 0 };
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
  const [running] = findRunningEnvoys(dirs).get(scopeDirectoryName("default/eg")) ?? [];
  assert.ok(running);
  assert.equal(running.identity.pid, pid("default/eg"));
  const launch = launchFiles(files, running.name);
  assert.equal(statSync(launch.bootstrap).mode & 0o777, 0o600);
  const baseId = readBaseId(launch);

  const first = pid("default/eg");
  process.kill(first, "SIGKILL");
  const down = await until("default/eg", isDown);
  assert.match(down?.problem ?? "", /^Envoy ended with signal SIGKILL.*envoy\.log$/);
  const up = await until("default/eg", isUp);
  assert.equal(up?.problem, undefined);
  assert.notEqual(pid("default/eg"), first);

  const last = identify(pid("default/eg"));
  assert.ok(last);
  await infrastructure.stop();
  assert.equal(isRunning(last), false);
  assert.throws(() => statSync(files.directory), { code: "ENOENT" });
  assert.equal(existsSync(`/dev/shm/envoy_shared_memory_${Number(baseId) * 10}`), false, "shared memory is removed");
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
  const number = await listenOn(other, await freePort());
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
      const command = envoyCommand({ ...infra, scope }, bootstrap(), binary);
      return startEnvoy(command, prepareLaunch(command, files, 7), { epoch: 0 }, files.log);
    }),
  );
  const { infrastructure, until, pid } = host(dirs);
  infrastructure.reconcile([infra]);
  await until("default/eg", isUp);
  assert.equal(pid("default/eg"), left[0]?.identity.pid);
  await left[1]?.ended;
  await infrastructure.stop();
  assert.ok(left.every(({ identity }) => !isRunning(identity)));
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

test("the parameters that an Envoy runs with are known to the next infrastructure, also when they cannot be followed any more", async () => {
  const dirs = directories("parameters");
  const proxy = { concurrency: 1, logging: { level: { default: "warn" } } };
  const known = infraOf("eg", { proxy, proxySource: { kind: "EnvoyProxy", namespace: "default", name: "p" } });
  const first = host(dirs);
  first.infrastructure.reconcile([known, infraOf("gone")]);
  await first.until("default/eg", isUp);
  first.infrastructure.reconcile([{ ...known, unresolved: "EnvoyProxy default/p does not exist", proxy: undefined }]);
  const text = first.notes.get("default/eg");
  assert.deepEqual(readParameters(text), { spec: proxy, source: known.proxySource });
  assert.equal(first.notes.get("default/gone"), undefined);
  await first.infrastructure.detach();
  const second = host(dirs);
  assert.deepEqual([...second.notes], [["default/eg", text]]);
  second.infrastructure.reconcile([known]);
  await second.infrastructure.stop();
  assert.deepEqual([...host(dirs).notes], []);
});

test("a successor whose predecessor dies before its time is replaced before it misses it", async () => {
  const dirs = directories("orphan");
  const { infrastructure, until, pid } = host(dirs);
  infrastructure.reconcile([infraOf("eg")]);
  await until("default/eg", isUp);
  const first = pid("default/eg");
  infrastructure.reconcile([infraOf("eg", { proxy: { concurrency: 1 } })]);
  const envoys = () => findRunningEnvoys(dirs).get(scopeDirectoryName("default/eg")) ?? [];
  await eventually("the first hands over", () => (pid("default/eg") === first ? undefined : true));
  const second = pid("default/eg");
  assert.deepEqual(
    envoys().map(({ epoch }) => epoch),
    [0, 1],
  );
  process.kill(first, "SIGKILL");
  const third = await eventually("a third alone", () => {
    const [envoy, ...more] = envoys();
    return more.length === 0 && envoy?.identity.pid !== second ? envoy : undefined;
  });
  assert.equal(third.epoch, 0);
  await infrastructure.stop();
});

test("only processes of this user that serve from our folder are taken for our Envoys", async () => {
  const dirs = directories("known");
  const path = (launch: string) => join(dirs.runtime, "proxies", "eg", launch, "bootstrap.json");
  const start = (...args: string[]) => spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", ...args]);
  const processes = [
    start("--config-path", path("12-0a"), "--restart-epoch", "3"),
    start("--config-path", path("2-0b")),
    start("--config-path", path("3-0c"), "--mode", "validate"),
    start("--config-path", path("other")),
    start("--config-path", join(dirs.runtime, "bootstrap.json")),
  ];
  const found = await eventually("both are found", () => {
    const envoys = findRunningEnvoys(dirs).get("eg") ?? [];
    return envoys.length < 2 ? undefined : envoys;
  });
  assert.deepEqual(
    found.map(({ name, epoch }) => [name.generation, name.fingerprint, epoch]),
    [
      [2, "0b", 0],
      [12, "0a", 3],
    ],
  );
  for (const each of processes) each.kill();
});

test("a runtime directory serves one control plane at a time", async () => {
  const dirs = directories("lock");
  const { infrastructure } = host(dirs);
  assert.throws(() => host(dirs), new RegExp(`another envoy-gateway \\(pid ${process.pid}\\)`));
  await infrastructure.stop();
  await host(dirs).infrastructure.stop();
});
