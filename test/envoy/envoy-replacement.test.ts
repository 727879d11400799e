/** Envoy itself is replaced under load: another binary or command line, by hot restart or without; whatever dies meanwhile. */
import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import { findEnvoy } from "../../src/infra/host/envoy-binary.ts";
import { signal } from "../../src/infra/host/process-identity.ts";
import { eventually } from "./eventually.ts";
import { type LoadClient, startLoad } from "./load.ts";
import { host, type ServerUnderTest, serverUnderTest } from "./server-under-test.ts";

describe("when Envoy is replaced under load", () => {
  let installed: string;
  let world: ServerUnderTest;
  before(async () => {
    const found = await findEnvoy();
    assert.ok("path" in found);
    installed = found.path;
  });
  beforeEach(async () => {
    world = await serverUnderTest(wanted());
  });
  afterEach(() => world.remove());

  /** One backend, and a proxy that need not be waited for long when it is replaced; on a busy machine, clients need some of that time to hear of it. */
  function wanted(proxy: Partial<EnvoyProxySpec> = {}) {
    return { backend: "a", proxy: { concurrency: 2, shutdown: { drainTimeout: "4s" }, ...proxy } } as const;
  }

  /** Several kinds of clients at once, 1,000 requests a second each. */
  async function startLoads(clients: readonly LoadClient[] = ["keep-alive", "http/2", "connection each"]) {
    await world.answeredBy("a");
    const loads = clients.map((client) => startLoad(world.port, host, { "/": ["a"] }, { client, pauseMs: 14 }));
    const sent = (more: number) => Promise.all(loads.map((load) => load.sent(more)));
    await sent(100);
    return {
      sent,
      async unharmed() {
        await sent(100);
        for (const [i, load] of loads.entries()) {
          const { requests, ...harm } = await load.stop();
          assert.ok(requests >= 200);
          assert.deepEqual(harm, { failed: 0, wrong: 0, examples: [] }, clients[i]);
        }
      },
      stop: () => Promise.all(loads.map((load) => load.stop())),
    };
  }

  const newest = () => world.envoys().at(-1)?.identity.pid ?? 0;

  test("changed settings of the process reach Envoy by hot restart, one after the other", async (t) => {
    const server = await world.start();
    const loads = await startLoads();
    t.after(loads.stop);
    const changes = [
      { extraArgs: ["--file-flush-interval-msec", "500"] },
      { concurrency: 3 },
      { concurrency: 3, logging: { level: { default: "error" } } },
    ] as const;
    for (const [i, change] of changes.entries()) {
      const old = newest();
      world.write(wanted(change));
      assert.equal((await world.replaced(old)).epoch, i + 1, server.output());
    }
    await loads.unharmed();
  });

  test("another binary takes over by hot restart when the control plane starts with it", async (t) => {
    const first = await world.start();
    const loads = await startLoads();
    t.after(loads.stop);
    const old = newest();
    first.process.kill("SIGKILL");
    await first.ended;
    const other = join(world.folder, "envoy-next");
    symlinkSync(installed, other);
    const second = await world.start(["--envoy-path", other]);
    assert.equal((await world.replaced(old)).epoch, 1, second.output());
    await loads.unharmed();
  });

  test("a binary that cannot hot restart runs beside the old one until that is drained, and the log says so", async (t) => {
    const first = await world.start();
    // Connections that the old Envoy has not accepted when it stops to listen are the kernel's to end.
    const loads = await startLoads(["keep-alive", "http/2"]);
    t.after(loads.stop);
    const old = newest();
    first.process.kill("SIGKILL");
    await first.ended;
    const second = await world.start(["--envoy-path", script("*--hot-restart-version*) echo 12.104; exit;;")]);
    await second.says(
      /replacing Envoy without hot restart.*"the running Envoy's hot restart version is 11\.104, the new one's 12\.104"/,
    );
    assert.equal((await world.replaced(old)).epoch, 0);
    await loads.unharmed();
  });

  test("a command line that Envoy refuses is told, and the running Envoy goes on until it is mended", async (t) => {
    const server = await world.start();
    const loads = await startLoads(["keep-alive"]);
    t.after(loads.stop);
    const old = newest();
    world.write(wanted({ extraArgs: ["--no-such-flag"] }));
    await server.says(/Envoy cannot be replaced.*no-such-flag/);
    assert.equal(newest(), old);
    world.write(wanted({ concurrency: 3 }));
    assert.equal((await world.replaced(old)).epoch, 1);
    await loads.unharmed();
  });

  test("a successor that dies before it serves, and a control plane that dies meanwhile, harm no request", async (t) => {
    // Every successor waits for a second before it starts.
    const path = ["--envoy-path", script("*--mode\\ validate*) ;;\n*--restart-epoch*) sleep 1;;")];
    const server = await world.start(path);
    const loads = await startLoads();
    t.after(loads.stop);
    const old = newest();
    const successor = async () => {
      const found = await eventually("a successor", () => world.envoys()[1]);
      // From now on nobody sends the successor its configuration: it took the old one's admin interface over, and waits.
      server.process.kill("SIGSTOP");
      await eventually("it has started", () => world.adminOf(found));
      await loads.sent(100);
      return found.identity;
    };
    world.write(wanted({ concurrency: 3 }));
    signal(await successor(), "SIGKILL");
    server.process.kill("SIGCONT");
    await server.says(/Envoy cannot be replaced.*signal SIGKILL/);
    assert.equal(newest(), old);

    await successor();
    server.process.kill("SIGKILL");
    await server.ended;
    await loads.sent(100);
    const next = await world.start(path);
    await next.says(new RegExp(`took over the Envoy that was left running.*"replaces":${old}`));
    assert.equal((await world.replaced(old)).epoch, 1);
    await loads.unharmed();
  });

  /** An Envoy that does something else first, by its arguments. */
  function script(cases: string): string {
    const path = join(world.folder, "envoy-script");
    writeFileSync(path, `#!/bin/sh\ncase "$*" in\n${cases}\nesac\nexec ${installed} "$@"\n`, { mode: 0o755 });
    return path;
  }
});
