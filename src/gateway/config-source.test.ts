import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ConfigError, readConfigFile, readServerConfig } from "./config-source.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "config-"));
});
after(() => rmSync(folder, { recursive: true }));

function written(text: string): string {
  const file = join(folder, "eg.yaml");
  writeFileSync(file, text);
  return file;
}

const head = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\n";

test("what is not built is refused by the server with file, line, field and what to do; translating takes it", () => {
  const file = written(`${head}provider:\n  type: Kubernetes\nextensionApis:\n  enableBackend: true\n  enableLua: true\n`);
  assert.equal(readConfigFile(file).extensionApis.enableLua, true);
  assert.throws(
    () => readServerConfig(file),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.problems.map(({ line, field }) => [line, field]),
        [[7, "extensionApis.enableLua"]],
      );
      assert.match(error.message, /eg\.yaml:7: extensionApis\.enableLua: is not built yet in this version; remove it/);
      return true;
    },
  );
});

test("a file that cannot be read is told in a word", () => {
  assert.throws(() => readConfigFile(join(folder, "none.yaml")), /none\.yaml: no such file$/);
  assert.throws(() => readConfigFile(folder), /is a folder, not a file$/);
});
