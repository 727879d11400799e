import assert from "node:assert/strict";
import { closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logSize, openLog, rotateLog, troubleIn } from "./log-file.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "log-file-"));
});
after(() => rmSync(folder, { recursive: true }));

test("a log that grew too long goes on at the start, and the earlier piece is kept", () => {
  const path = join(folder, "deep", "envoy.log");
  const log = openLog(path);
  writeSync(log, "first piece\n");
  rotateLog(path, 100);
  assert.equal(readFileSync(path, "utf8"), "first piece\n");
  rotateLog(path, 5);
  writeSync(log, "second\n");
  closeSync(log);
  assert.equal(readFileSync(path, "utf8"), "second\n");
  assert.equal(readFileSync(`${path}.1`, "utf8"), "first piece\n");
});

test("trouble is what Envoy warns of and what is no log line, not its chatter and access log", () => {
  const path = join(folder, "trouble.log");
  const log = openLog(path);
  writeSync(log, "[2026-01-01 00:00:00.000][7][critical][main] of an earlier life\n");
  const from = logSize(path);
  writeSync(
    log,
    [
      "[2026-01-01 00:00:00.000][8][info][main] starting",
      '{"start_time":"2026"}',
      "PARSE ERROR: Argument: --nonsense",
      "[2026-01-01 00:00:00.000][8][critical][main] error initializing",
      "",
    ].join("\n"),
  );
  closeSync(log);
  assert.deepEqual(troubleIn(path, from, 5), [
    "PARSE ERROR: Argument: --nonsense",
    "[2026-01-01 00:00:00.000][8][critical][main] error initializing",
  ]);
  assert.equal(troubleIn(path, from, 1).length, 1);
  assert.deepEqual(troubleIn(join(folder, "none.log"), 0, 5), []);
});
