import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeCertificateFiles } from "../../certificates/certificate-files.ts";
import { issueCertificates } from "../../certificates/issue.ts";
import { sdsFileContents } from "../../certificates/sds-files.ts";
import { findEnvoy } from "../../infra/host/envoy-binary.ts";
import type { InfraMetrics, SinkTls } from "../../ir/infra.ts";
import { encode } from "../codec/encoder.ts";
import { violations } from "../codec/violations.ts";
import { renderBootstrap } from "./bootstrap.ts";

const envoy = await findEnvoy({});
const messageName = "envoy.config.bootstrap.v3.Bootstrap";
const options = {
  node: { id: "default/eg", cluster: "default/eg" },
  xds: { address: "127.0.0.1", port: 18000 },
  certificates: { certificate: "/sds/xds-certificate.json", trustedCa: "/sds/xds-trusted-ca.json" },
  systemTrustFile: "/etc/ssl/certs/ca-certificates.crt",
};

const sink = { headers: [], countersAsDeltas: true, histogramsAsDeltas: false };
const named = { serverName: { name: "otel.test" }, trust: { secret: "ca", bundle: "Backend/a/b" }, handshake: {} } as const;
const metrics: InfraMetrics = {
  sinks: [
    { ...sink, endpoints: [{ address: "localhost", port: 4317 }], authority: "otel.test", resourceAttributes: { site: "a" } },
    { ...sink, endpoints: [{ address: "/run/otel.sock", port: 0, unixSocket: true }], resourceAttributes: {} },
  ],
  kept: [
    { type: "regex", value: "a.*" },
    { type: "prefix", value: "vhost." },
  ],
};

describe("the bootstrap of a proxy on this machine", () => {
  const bootstrap = renderBootstrap(options);

  it("keeps to the rules of Envoy's API", () => {
    assert.deepEqual(violations(messageName, bootstrap), []);
    assert.ok(encode(messageName, bootstrap).length > 0);
  });

  it("tells the zone of the machine, and that the whole fleet is there, where that is known", () => {
    const { node, clusterManager, staticResources } = renderBootstrap({ ...options, zone: "a" });
    assert.deepEqual(node, { ...options.node, locality: { zone: "a" } });
    assert.equal(clusterManager?.localClusterName, "default/eg");
    const own = staticResources?.clusters?.find(({ name }) => name === "default/eg");
    assert.deepEqual(own?.loadAssignment?.endpoints?.[0]?.locality, { zone: "a" });
    assert.deepEqual(violations(messageName, renderBootstrap({ ...options, zone: "a" })), []);
    assert.equal(bootstrap.clusterManager, undefined);
  });

  it("gives the control plane its name, and listens on nothing but a free port of the loopback interface", () => {
    assert.deepEqual(bootstrap.node, options.node);
    assert.deepEqual(bootstrap.admin?.address, { socketAddress: { address: "127.0.0.1", portValue: 0 } });
    assert.equal(bootstrap.staticResources?.listeners, undefined);
  });

  it("trusts the control plane by files only", () => {
    assert.doesNotMatch(JSON.stringify(bootstrap), /PRIVATE KEY|inline/);
    assert.match(JSON.stringify(bootstrap), /\/sds\/xds-trusted-ca\.json/);
  });

  it("keeps and sends the metrics that it is told to", () => {
    const { statsConfig, statsSinks, staticResources } = renderBootstrap({ ...options, metrics });
    const kept = statsConfig?.statsMatcher?.inclusionList?.patterns;
    const asked = [{ suffix: "downstream_rq_active" }, { suffix: "downstream_cx_active" }];
    assert.deepEqual(kept, [{ prefix: "vhost." }, ...asked, { safeRegex: { regex: "a.*" } }]);
    assert.deepEqual(
      staticResources?.clusters?.map(({ name, type }) => [name, type]),
      [
        ["otel_metric_sink_0", "STRICT_DNS"],
        ["otel_metric_sink_1", "STATIC"],
        ["xds_cluster", "STATIC"],
      ],
    );
    assert.match(
      JSON.stringify(statsSinks?.[0]),
      /"clusterName":"otel_metric_sink_0","authority":"otel\.test".*"reportCountersAsDeltas":true/,
    );
    assert.equal(bootstrap.statsConfig?.statsMatcher, undefined);
    assert.equal(bootstrap.statsSinks, undefined);
  });

  it("sends metrics by TLS where it is told to, with CA certificates that stand in it", () => {
    const socketOf = (tls: SinkTls) => {
      const [sink] = metrics.sinks;
      assert.ok(sink);
      const message = renderBootstrap({ ...options, metrics: { kept: [], sinks: [{ ...sink, tls }] } });
      assert.deepEqual(violations(messageName, message), []);
      return JSON.stringify(message.staticResources?.clusters?.[0]?.transportSocket);
    };
    const own = socketOf({ settings: named, authorities: "Y2E=" });
    assert.match(own, /"sanType":"DNS","matcher":{"exact":"otel\.test"}.*"trustedCa":{"inlineBytes":"Y2E="}.*"sni":"otel\.test"/);
    assert.match(socketOf({ settings: named, authorities: "system" }), /"filename":"\/etc\/ssl\/certs\/ca-certificates\.crt"/);
    const byEndpoint = socketOf({ settings: { ...named, serverName: "endpoint" }, authorities: "system" });
    assert.match(byEndpoint, /"autoHostSni":true,"autoSniSanValidation":true/);
    assert.doesNotMatch(socketOf({ settings: { serverName: "request host", handshake: {} } }), /validationContext/);
  });

  const skip = "problem" in envoy ? envoy.problem : false;
  it("is accepted by Envoy", { skip }, async () => {
    assert.ok("path" in envoy);
    const folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
    try {
      await writeCertificateFiles(folder, (await issueCertificates()).envoy);
      const contents = sdsFileContents(folder);
      const certificates = { certificate: join(folder, "certificate.json"), trustedCa: join(folder, "ca.json") };
      writeFileSync(certificates.certificate, contents.certificate);
      writeFileSync(certificates.trustedCa, contents.trustedCa);
      const file = join(folder, "bootstrap.json");
      writeFileSync(file, JSON.stringify(renderBootstrap({ ...options, certificates, metrics })));
      const { status, stderr } = spawnSync(envoy.path, ["--mode", "validate", "--config-path", file, "--log-level", "warn"], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /deprecated/i);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
