/** The control plane is killed under load: Envoy goes on, and the next control plane takes it over and sends only what differs. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type ChildProgram, run } from "./child-program.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type Load, startLoad } from "./load.ts";
import { host, type ServerUnderTest, serverUnderTest } from "./server-under-test.ts";

/** A proxy that need not be waited for long when it is replaced. */
const answering = (backend: "a" | "b") => ({ backend, proxy: { shutdown: { drainTimeout: "2s" } } });

describe("when the control plane is killed under load", () => {
  let world: ServerUnderTest;
  let first: ChildProgram;
  let envoy: number;
  let load: Load;
  beforeEach(async () => {
    world = await serverUnderTest(answering("a"));
    first = await world.start();
    await world.answeredBy("a");
    envoy = world.envoys()[0]?.identity.pid ?? 0;
    load = startLoad(world.port, host, { "/": ["a"] }, { pauseMs: 5 });
    await load.sent(500);
  });
  afterEach(async () => {
    await load.stop();
    await world.remove();
  });

  async function killed(): Promise<void> {
    first.process.kill("SIGKILL");
    await first.ended;
    await load.sent(500);
  }

  /** The next edit arrives, and no request was harmed in all the time. */
  async function unharmed(): Promise<void> {
    load.expect("/", ["a", "b"]);
    world.write(answering("b"));
    await world.answeredBy("b");
    await load.sent(500);
    const { requests, ...harm } = await load.stop();
    assert.ok(requests >= 1500);
    assert.deepEqual(harm, { failed: 0, wrong: 0, examples: [] });
  }

  /** Counts what Envoy changed: resources of its own, and answers for single resources. */
  const reloads =
    /^(?:listener_manager\.listener_|cluster_manager\.cluster_)(?:added|modified|removed)$|^(?:http|cluster)\.http.*\.(?:update_success|config_reload)$/;

  test("the next control plane takes the same Envoy over and sends it nothing that it has", async () => {
    const before = await world.counters(reloads);
    assert.ok(Object.keys(before).length >= 8, Object.keys(before).join(" "));
    await killed();
    const second = await world.start();
    await second.says(/took over the Envoy that was left running/);
    await second.says(/proxy connected/);
    await load.sent(1000);
    assert.deepEqual(await world.counters(reloads), before);
    assert.deepEqual(
      world.envoys().map(({ identity }) => identity.pid),
      [envoy],
    );
    await unharmed();
    const after = await world.counters(reloads);
    assert.equal(after["listener_manager.listener_modified"], 0, "a route's change resends no listener");
    assert.equal(world.envoys()[0]?.identity.pid, envoy);
  });

  test("an edit made while no control plane runs arrives with the next one", async () => {
    await killed();
    load.expect("/", ["a", "b"]);
    world.write(answering("b"));
    await world.start();
    await world.answeredBy("b");
    assert.equal(world.envoys()[0]?.identity.pid, envoy);
    world.write(answering("a"));
    await world.answeredBy("a");
    await unharmed();
  });

  test("certificates made anew, or removed, while no control plane runs do not keep configuration from Envoy", async () => {
    await killed();
    const configHome = join(world.env.XDG_CONFIG_HOME ?? "", "envoy-gateway");
    const certgen = run("bin/envoy-gateway", ["certgen", "--local", "--overwrite", "--config-home", configHome], {
      env: world.env,
    });
    assert.equal(await certgen.ended, 0, certgen.output());
    const second = await world.start();
    load.expect("/", ["a", "b"]);
    world.write(answering("b"));
    await world.answeredBy("b");
    assert.equal(world.envoys()[0]?.identity.pid, envoy, "it took the new certificates without a restart");

    second.process.kill("SIGKILL");
    await second.ended;
    rmSync(join(configHome, "certs"), { recursive: true });
    await world.start();
    world.write(answering("a"));
    await world.answeredBy("a");
    await world.replaced(envoy);
    await unharmed();
  });

  test("a taken xDS port ends the next control plane in words, and another port reaches Envoy", async () => {
    await killed();
    const other = createServer();
    const taken = await listenAnywhere(other);
    const refused = await world.start(["--xds-port", String(taken)]).then(
      () => "it serves",
      (error: Error) => error.message,
    );
    other.close();
    assert.match(refused, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken} for xDS.*\\(pid ${process.pid}\\)`));
    assert.equal(world.envoys()[0]?.identity.pid, envoy);
    await world.start(["--xds-port", String(await freePort())]);
    await world.replaced(envoy);
    await unharmed();
  });

  test("SIGUSR2 ends the control plane and leaves Envoy to the next one", async () => {
    first.process.kill("SIGUSR2");
    assert.equal(await first.ended, 0);
    await load.sent(500);
    await world.start();
    await unharmed();
    assert.equal(world.envoys()[0]?.identity.pid, envoy);
  });
});
