import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogs, type LogConfig, silentLogger } from "./logger.ts";

function capture(config: LogConfig) {
  const lines: string[] = [];
  const logs = createLogs(config, { write: (line) => void lines.push(line) });
  return { logs, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const secret = {
  apiVersion: "v1",
  kind: "Secret",
  type: "Opaque",
  metadata: { namespace: "shop", name: "key", annotations: { last: "hunter2" } },
  data: { password: "hunter2" },
};

describe("JSON encoder", () => {
  test("writes level, ts, logger and msg first, then the fields", () => {
    const { logs, lines, entries } = capture({ encoder: "JSON" });
    logs.for("xds-server").info("sent", { resources: 3 });
    const [entry] = entries();
    assert.deepEqual(Object.keys(entry ?? {}), ["level", "ts", "logger", "msg", "resources"]);
    assert.deepEqual({ ...entry, ts: 0 }, { level: "info", ts: 0, logger: "xds-server", msg: "sent", resources: 3 });
    assert.equal(typeof entry?.ts, "number");
    assert.ok(Math.abs(Number(entry?.ts) * 1000 - Date.now()) < 60_000, "ts is in seconds since 1970");
    assert.ok(lines[0]?.endsWith("\n"));
  });

  test("carries the fields of with() on every line", () => {
    const { logs, entries } = capture({ encoder: "JSON" });
    const log = logs.for("infrastructure").with({ gateway: "a/b" });
    log.warn("one");
    log.with({ pid: 7 }).error("two");
    assert.deepEqual(
      entries().map(({ level, gateway, pid }) => ({ level, gateway, pid })),
      [
        { level: "warn", gateway: "a/b", pid: undefined },
        { level: "error", gateway: "a/b", pid: 7 },
      ],
    );
  });

  test("tells errors with their cause", () => {
    const { logs, entries } = capture({ encoder: "JSON" });
    logs.for("default").error("failed", { error: new TypeError("outer", { cause: new Error("inner") }) });
    const error = entries()[0]?.error as { type: string; message: string; stack: string; cause: { message: string } };
    assert.equal(error.type, "TypeError");
    assert.equal(error.message, "outer");
    assert.match(error.stack, /logger\.test/);
    assert.equal(error.cause.message, "inner");
  });
});

describe("text encoder", () => {
  test("is the default and writes one line of columns", () => {
    const { logs, lines } = capture({});
    logs.for("provider").error("bad\nfile", { file: "a.yaml" });
    assert.match(lines[0] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tERROR\tprovider\tbad\\nfile\t\{"file":"a\.yaml"\}\n$/);
  });

  test("has no field column without fields", () => {
    const { logs, lines } = capture({ encoder: "Text" });
    logs.for("xds").info("hello");
    assert.match(lines[0] ?? "", /\tINFO\txds\thello\n$/);
  });
});

describe("levels", () => {
  test("xds holds for the components of xDS that have no level of their own", () => {
    const { logs } = capture({ level: { default: "error", xds: "debug", "xds-server": "warn" } });
    assert.deepEqual(["xds", "xds-translator", "xds-server", "provider"].map(logs.levelOf), ["debug", "debug", "warn", "error"]);
  });

  test("a component's own level beats default, and unknown names follow default", () => {
    const { logs, entries } = capture({ encoder: "JSON", level: { default: "warn", provider: "debug" } });
    logs.for("provider").debug("p");
    logs.for("xds").info("x");
    logs.for("console").warn("c");
    assert.deepEqual(
      entries().map((entry) => entry.msg),
      ["p", "c"],
    );
  });

  test("change at run time, also for loggers and their children made before", () => {
    const { logs, entries } = capture({ encoder: "JSON" });
    const log = logs.for("xds-server").with({ node: "n" });
    log.debug("hidden");
    assert.equal(log.enabled("debug"), false);
    logs.setLevel("xds-server", "debug");
    log.debug("shown");
    logs.setLevel("xds-server", undefined);
    logs.setLevel("default", "error");
    log.warn("hidden");
    assert.equal(logs.levelOf("xds-server"), "error");
    assert.deepEqual(
      entries().map((entry) => entry.msg),
      ["shown"],
    );
  });
});

describe("redaction", () => {
  test("keeps a Secret's content out of the line, at any depth, in either encoder", () => {
    for (const encoder of ["JSON", "Text"] as const) {
      const { logs, lines } = capture({ encoder });
      const log = logs.for("default").with({ bound: secret });
      log.info("objects", {
        object: secret,
        list: [{ nested: secret }],
        all: { kind: "SecretList", items: [{ data: { a: "hunter2" } }] },
      });
      const text = lines.join("");
      assert.ok(!text.includes("hunter2"), text);
      assert.match(text, /"namespace":"shop","name":"key"/);
    }
  });

  test("leaves references to Secrets and other objects as they are", () => {
    const { logs, entries } = capture({ encoder: "JSON" });
    const fields = { ref: { kind: "Secret", name: "key" }, map: { kind: "ConfigMap", data: { a: "b" } } };
    logs.for("default").info("refs", fields);
    assert.deepEqual({ ref: entries()[0]?.ref, map: entries()[0]?.map }, fields);
  });

  test("survives cycles", () => {
    const { logs, entries } = capture({ encoder: "JSON" });
    const ring: Record<string, unknown> = { name: "ring" };
    ring.self = ring;
    logs.for("default").info("ring", { ring });
    assert.match(JSON.stringify(entries()[0]), /too deep/);
  });
});

test("the silent logger does nothing", () => {
  silentLogger.with({ a: 1 }).error("nothing");
  assert.equal(silentLogger.enabled("error"), false);
});
