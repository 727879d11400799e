import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeCertificateFiles } from "../../certificates/certificate-files.ts";
import { issueCertificates } from "../../certificates/issue.ts";
import { mountedSdsFileContents, tokenSdsFileContent } from "../../certificates/sds-files.ts";
import { findEnvoy } from "../../infra/host/envoy-binary.ts";
import { encodeUntyped } from "../codec/encoder.ts";
import { violationsUntyped } from "../codec/violations.ts";
import { type ContainerBootstrapOptions, containerBootstrap } from "./container-bootstrap.ts";

const envoy = await findEnvoy({});
const messageName = "envoy.config.bootstrap.v3.Bootstrap";
const options: ContainerBootstrapOptions = {
  cluster: "default/eg",
  xds: { address: "envoy-gateway.envoy-gateway-system.svc.cluster.local.", port: 18000, isHostname: true },
  certificates: { certificate: "/sds/xds-certificate.json", trustedCa: "/sds/xds-trusted-ca.json" },
  zoneAware: true,
  systemTrustFile: "/etc/ssl/certs/ca-certificates.crt",
  prometheus: {},
  compatible: false,
};

function rendered(changes: Partial<ContainerBootstrapOptions> = {}, proxy?: object) {
  return JSON.parse(containerBootstrap({ ...options, ...changes }, proxy));
}

const variants: readonly Partial<ContainerBootstrapOptions>[] = [
  {},
  { zoneAware: false, ipFamily: "IPv6", maxHeapBytes: 2 ** 30 },
  { ipFamily: "DualStack", prometheus: { compression: { type: "Zstd", minContentLength: 100 } } },
  { prometheus: { compression: { type: "Gzip" } }, metrics: { sinks: [], kept: [{ type: "prefix", value: "http" }] } },
  { prometheus: { compression: { type: "Brotli" } } },
];

describe("the bootstrap of a proxy in a container", () => {
  it("keeps to the rules of Envoy's API", () => {
    for (const variant of variants) {
      assert.deepEqual(violationsUntyped(messageName, rendered(variant)), []);
      assert.ok(encodeUntyped(messageName, rendered(variant)).length > 0);
    }
  });

  it("finds the control plane by name and shows it a certificate, or a token", () => {
    const [xds] = rendered().static_resources.clusters.slice(-1);
    assert.equal(xds.type, "STRICT_DNS");
    assert.match(JSON.stringify(xds), /xds-certificate\.json/);
    const certificates = { trustedCa: options.certificates.trustedCa };
    const [byToken] = rendered({ certificates, token: "/sds/token.json" }).static_resources.clusters.slice(-1);
    assert.match(JSON.stringify(byToken), /credential_injector.*\/sds\/token\.json/);
    assert.doesNotMatch(JSON.stringify(byToken), /tls_certificate_sds_secret_configs/);
  });

  it("keeps the metric that its shutdown asks for", () => {
    const { stats_config } = rendered({ metrics: { sinks: [], kept: [{ type: "prefix", value: "http" }] } });
    assert.deepEqual(stats_config.stats_matcher.inclusion_list.patterns, [
      { prefix: "http" },
      { suffix: "downstream_cx_active" },
    ]);
  });

  it("is what JSON patches written for Envoy Gateway expect", () => {
    const path = "/overload_manager/resource_monitors/0/typed_config/max_active_downstream_connections";
    const jsonPatches = [
      { op: "test", path, value: 50000 },
      { op: "replace", path: "/deferredStatOptions/enableDeferredCreationStats", value: false },
    ];
    const bootstrap = { type: "JSONPatch", jsonPatches };
    assert.equal(rendered({}, { bootstrap }).deferredStatOptions.enableDeferredCreationStats, false);
  });

  it("stays as it is where the user's change is wrong", () => {
    assert.deepEqual(rendered({}, { bootstrap: { type: "Merge", value: "nobody_knows: 1" } }), rendered());
  });

  const skip = "problem" in envoy ? envoy.problem : false;
  it("is accepted by Envoy", { skip }, async () => {
    assert.ok("path" in envoy);
    const program: string = envoy.path;
    const folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
    try {
      await writeCertificateFiles(folder, (await issueCertificates()).envoy);
      const files = {
        certificate: join(folder, "certificate.json"),
        trustedCa: join(folder, "ca.json"),
        token: join(folder, "token.json"),
      };
      const { certificate, trustedCa } = mountedSdsFileContents(folder);
      writeFileSync(files.certificate, certificate);
      writeFileSync(files.trustedCa, trustedCa);
      writeFileSync(files.token, tokenSdsFileContent(join(folder, "tls.crt")));
      const all: readonly Partial<ContainerBootstrapOptions>[] = [
        ...variants.map((each) => ({ ...each, certificates: files })),
        { certificates: { trustedCa: files.trustedCa }, token: files.token },
      ];
      for (const variant of all) {
        const args = [
          "--mode",
          "validate",
          "--config-yaml",
          containerBootstrap({ ...options, ...variant }, undefined),
          "--log-level",
          "warn",
        ];
        const outcome = spawnSync(program, [...args, "--service-node", "a", "--service-cluster", "b"], {
          encoding: "utf8",
        });
        assert.equal(outcome.status, 0, outcome.stderr);
        assert.doesNotMatch(outcome.stderr, /deprecated/i);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
