import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { certificateNames, issueCertificates } from "./issue.ts";
import { ensureLocalCertificates, readLocalCertificates } from "./local-certificates.ts";
import { parseCertificates, problemOf } from "./material.ts";

const year = 365 * 24 * 60 * 60 * 1000;

describe("issued certificates", () => {
  it("name the programs as Envoy Gateway does, in a namespace and domain of choice", async () => {
    const set = await issueCertificates({ namespace: "ns", dnsDomain: "example.org", now: new Date("2026-01-01") });
    const names = (pem: string) => new X509Certificate(pem).subjectAltName;
    assert.equal(
      names(set["envoy-gateway"].certificate),
      "DNS:envoy-gateway, DNS:envoy-gateway.ns, DNS:envoy-gateway.ns.svc, DNS:envoy-gateway.ns.svc.example.org",
    );
    assert.equal(names(set["envoy-rate-limit"].certificate), "DNS:*.ns");
    for (const name of certificateNames) {
      assert.equal(problemOf(set[name]), undefined);
      assert.equal(new X509Certificate(set[name].certificate).subject, `CN=${name}`);
    }
    const [authority] = parseCertificates(set.envoy.ca);
    assert.equal(authority?.subject, "CN=envoy-gateway");
    assert.equal(authority?.ca, true);
    assert.equal(new X509Certificate(set.envoy.certificate).ca, false);
    assert.equal(Date.parse(authority?.validTo ?? ""), Date.parse("2026-01-01") + 5 * year);
  });

  it("can be told apart from those of another CA", async () => {
    const [one, other] = await Promise.all([issueCertificates(), issueCertificates()]);
    assert.match(problemOf({ ...one.envoy, ca: other.envoy.ca }) ?? "", /not signed by the CA/);
    assert.match(problemOf({ ...one.envoy, key: other.envoy.key }) ?? "", /does not belong/);
    assert.match(problemOf({ ...one.envoy, key: "no" }) ?? "", /not a PEM private key/);
    assert.match(problemOf({ ...one.envoy, certificate: "no" }) ?? "", /not a PEM certificate/);
  });
});

describe("local certificates", () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "certificates-"));
  });
  after(() => rm(home, { recursive: true, force: true }));

  const fileOf = (name: string, file: string) => join(home, "certs", name, file);
  const snapshot = () => Promise.all(certificateNames.map((name) => readFile(fileOf(name, "tls.crt"), "utf8")));

  it("are made in the layout of Envoy Gateway, keys readable by their owner only", async () => {
    const { outcome, folders, expires } = await ensureLocalCertificates(home);
    assert.equal(outcome, "created");
    assert.equal(folders.envoy, join(home, "certs", "envoy"));
    assert.ok(expires > Date.now() + 4 * year);
    for (const name of certificateNames) assert.equal((await stat(fileOf(name, "tls.key"))).mode & 0o777, 0o600);
    const secret = await stat(fileOf("envoy-oidc-hmac", "hmac-secret"));
    assert.deepEqual([secret.size, secret.mode & 0o777], [32, 0o600]);
    const { "envoy-gateway": gateway } = await readLocalCertificates(home);
    assert.match(new X509Certificate(gateway.certificate).subjectAltName ?? "", /DNS:localhost, IP Address:127\.0\.0\.1/);
  });

  it("are kept when they are there", async () => {
    const before = await snapshot();
    assert.equal((await ensureLocalCertificates(home)).outcome, "kept");
    assert.deepEqual(await snapshot(), before);
  });

  it("are renewed before they end, trusting the old CA too; the HMAC secret stays", async () => {
    const before = await readLocalCertificates(home);
    const secret = await readFile(fileOf("envoy-oidc-hmac", "hmac-secret"));
    const { outcome } = await ensureLocalCertificates(home, { now: new Date(Date.now() + 4.9 * year) });
    assert.equal(outcome, "renewed");
    const after = await readLocalCertificates(home);
    for (const name of certificateNames) {
      assert.notEqual(after[name].certificate, before[name].certificate);
      assert.equal(problemOf({ ...before[name], ca: after[name].ca }), undefined, "who has the old certificate is still trusted");
    }
    assert.deepEqual(await readFile(fileOf("envoy-oidc-hmac", "hmac-secret")), secret);
  });

  it("are made anew when a file of ours is missing", async () => {
    await rm(fileOf("envoy", "tls.key"));
    assert.equal((await ensureLocalCertificates(home)).outcome, "created");
    assert.equal(problemOf((await readLocalCertificates(home)).envoy), undefined);
  });

  it("are replaced on demand, and then nothing old is trusted", async () => {
    const before = await readLocalCertificates(home);
    const secret = await readFile(fileOf("envoy-oidc-hmac", "hmac-secret"));
    assert.equal((await ensureLocalCertificates(home, { overwrite: true })).outcome, "created");
    const after = await readLocalCertificates(home);
    assert.match(problemOf({ ...before.envoy, ca: after.envoy.ca }) ?? "", /not signed/);
    assert.notDeepEqual(await readFile(fileOf("envoy-oidc-hmac", "hmac-secret")), secret);
  });

  it("of someone else's CA are never replaced unasked", async () => {
    const ca = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUcmVhbGx5IG5vdCBhIHNlcmlhbDAKBggqhkjOPQQDAjAQ
-----END CERTIFICATE-----
`;
    await writeFile(fileOf("envoy", "ca.crt"), ca);
    await writeFile(fileOf("envoy", "tls.crt"), ca);
    const before = await readFile(fileOf("envoy-gateway", "tls.crt"), "utf8");
    await assert.rejects(
      ensureLocalCertificates(home),
      /envoy: the certificate is not a PEM certificate.*certgen --local --overwrite/,
    );
    assert.equal(await readFile(fileOf("envoy-gateway", "tls.crt"), "utf8"), before);
  });
});
