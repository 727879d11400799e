import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeCertificateFiles } from "./certificate-files.ts";
import { watchCertificates } from "./certificate-watch.ts";
import { hostDirectories } from "./directories.ts";
import { issueCertificates } from "./issue.ts";
import type { TlsMaterial } from "./material.ts";
import { sdsFileContents } from "./sds-files.ts";

describe("a watch of certificate files", () => {
  it("gives renewed material once it fits together, and says what is wrong until then", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watch-"));
    const [first, second] = await Promise.all([issueCertificates(), issueCertificates()]);
    await writeCertificateFiles(directory, first.envoy);
    const problems: string[] = [];
    let onProblem = () => {};
    let onChange = (_material: TlsMaterial) => {};
    const broken = new Promise<void>((resolve) => {
      onProblem = resolve;
    });
    const changed = new Promise<TlsMaterial>((resolve) => {
      onChange = resolve;
    });
    const watch = watchCertificates(directory, first.envoy, {
      settleMs: 5,
      pollMs: 20,
      onChange: (material) => onChange(material),
      onProblem(problem) {
        problems.push(problem);
        onProblem();
      },
    });
    await writeFile(join(directory, "tls.key"), second.envoy.key);
    await broken;
    assert.match(problems[0] ?? "", /the key does not belong to the certificate/);
    await writeCertificateFiles(directory, second.envoy);
    assert.deepEqual(await changed, second.envoy);
    watch.close();
    await rm(directory, { recursive: true });
  });
});

describe("the files of the host", () => {
  it("stand under the XDG directories", () => {
    const directories = hostDirectories({ HOME: "/home/me", XDG_STATE_HOME: "/state", TMPDIR: "/scratch" });
    assert.equal(directories.config, "/home/me/.config/envoy-gateway");
    assert.equal(directories.data, "/home/me/.local/share/envoy-gateway");
    assert.equal(directories.state, "/state/envoy-gateway");
    assert.match(directories.runtime, /^\/scratch\/envoy-gateway-\d+$/);
  });

  it("tell Envoy where its certificate is and whom to trust", () => {
    const { certificate, trustedCa } = sdsFileContents("/certs");
    assert.partialDeepStrictEqual(JSON.parse(certificate).resources[0], {
      name: "xds_certificate",
      tls_certificate: { certificate_chain: { filename: "/certs/tls.crt" }, private_key: { filename: "/certs/tls.key" } },
    });
    assert.partialDeepStrictEqual(JSON.parse(trustedCa).resources[0], {
      name: "xds_trusted_ca",
      validation_context: { trusted_ca: { filename: "/certs/ca.crt" } },
    });
  });
});
