import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { silentLogger } from "../log/logger.ts";
import { type DrainOptions, drainEnvoy } from "./drain.ts";
import { type EnvoyAdmin, envoyAdmin } from "./envoy-admin.ts";
import { goDurationMs } from "./go-duration.ts";
import { createShutdownManager } from "./shutdown-manager.ts";

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

/** Time that passes only while somebody sleeps. */
function fakeTime() {
  let now = 0;
  return {
    now: () => now,
    async sleep(ms: number) {
      now += ms;
    },
  };
}

/** Drains an Envoy with these connections, one count for each question; what is told to it, and how long it took in seconds. */
async function drained(counts: readonly (number | Error)[], changes: Partial<DrainOptions> = {}) {
  const told: string[] = [];
  let asked = 0;
  const admin: EnvoyAdmin = {
    post: async (path) => void told.push(path),
    async connections() {
      const count = counts[Math.min(asked++, counts.length - 1)] ?? 0;
      if (count instanceof Error) throw count;
      return count;
    },
  };
  const options = { healthCheckFailureDelayMs: 0, drainTimeoutMs: 60_000, minDrainMs: 10_000, exitAtConnections: 0 };
  const time = fakeTime();
  await drainEnvoy(admin, { ...options, ...changes }, silentLogger, time);
  return { told, seconds: time.now() / 1000 };
}

describe("draining an Envoy", () => {
  it("takes as long as clients stay, within its bounds", async () => {
    assert.deepEqual(await drained([0]), { told: ["/healthcheck/fail"], seconds: 10 });
    assert.equal((await drained([1])).seconds, 60);
    assert.equal((await drained([...Array(20).fill(2), 0])).seconds, 20);
    assert.equal((await drained([...Array(20).fill(9), 5], { exitAtConnections: 5 })).seconds, 20);
    assert.equal((await drained([1], { drainTimeoutMs: 5_500, minDrainMs: 0 })).seconds, 5.5);
  });

  it("fails health checks later where that is asked for", async () => {
    const { told } = await drained([1], { healthCheckFailureDelayMs: 5_000 });
    assert.deepEqual(told, ["/drain_listeners?graceful&skip_exit", "/healthcheck/fail"]);
    const early = await drained([0], { healthCheckFailureDelayMs: 20_000 });
    assert.deepEqual(early.told, ["/drain_listeners?graceful&skip_exit"]);
  });

  it("waits where connections cannot be counted, but not for an Envoy that is gone", async () => {
    assert.equal((await drained([new Error("no answer")])).seconds, 60);
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    assert.equal((await drained([1, 1, refused])).seconds, 4);
    assert.equal((await drained([refused, refused, 1, refused, refused, 0])).seconds, 10);
  });
});

describe("Envoy's admin interface", () => {
  it("tells the connections of clients, not those of probes, metrics or single workers", async () => {
    const asked: string[] = [];
    const stats = [
      "listener.0.0.0.0_10080.downstream_cx_active: 3",
      "listener.0.0.0.0_10080.worker_0.downstream_cx_active: 3",
      "listener.[__]_10443.downstream_cx_active: 2",
      "listener.0.0.0.0_19001.downstream_cx_active: 1",
      "listener.0.0.0.0_19003.downstream_cx_active: 1",
      "listener.admin.downstream_cx_active: 1",
    ];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${decodeURI(request.url ?? "")}`);
      response.end(`${stats.join("\n")}\n`);
    });
    const admin = envoyAdmin(await listening(server));
    assert.equal(await admin.connections(), 5);
    await admin.post("/healthcheck/fail");
    assert.deepEqual(asked, ["GET /stats?filter=^listener\\..*\\.downstream_cx_active$", "POST /healthcheck/fail"]);
    stats.length = 0;
    await assert.rejects(admin.connections(), /counts no connections/);
    await closed(server);
    await assert.rejects(admin.post("/healthcheck/fail"));
  });
});

describe("the shutdown manager", () => {
  const folder = mkdtempSync(join(tmpdir(), "shutdown-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("answers once Envoy is drained, or when that takes too long", async () => {
    const readyFile = join(folder, "ready");
    writeFileSync(readyFile, "of an earlier container");
    const server = createShutdownManager({ readyFile, readyTimeoutMs: 60_000, log: silentLogger, pollMs: 1 });
    const base = `http://localhost:${await listening(server)}`;
    const status = async (path: string) => {
      const response = await fetch(`${base}${path}`);
      await response.text();
      return response.status;
    };
    assert.equal(await status("/healthz"), 200);
    assert.equal(await status("/other"), 404);
    const waiting = status("/shutdown/ready");
    assert.equal(await status("/healthz"), 200);
    writeFileSync(readyFile, "");
    assert.equal(await waiting, 200);
    await closed(server);
    const impatient = createShutdownManager({ readyFile, readyTimeoutMs: 1, log: silentLogger, pollMs: 1 });
    const response = await fetch(`http://localhost:${await listening(impatient)}/shutdown/ready`);
    assert.equal(response.status, 500);
    await response.text();
    await closed(impatient);
  });
});

describe("a duration of Go", () => {
  it("is read", () => {
    const read = ["0", "90s", "1m30s", "1.5h", "500ms", "500\u00b5s", "500\u03bcs", ".5s"].map(goDurationMs);
    assert.deepEqual(read, [0, 90_000, 90_000, 5_400_000, 500, 0.5, 0.5, 500]);
    for (const text of ["", "10", "-1s", "1d", "s", "1 s"]) assert.equal(goDurationMs(text), undefined, text);
  });
});
