import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { test } from "node:test";
import { issue, secret, tlsSecret } from "../../test/builders/certificates.ts";
import type { Secret } from "../api/core/secret.ts";
import { readCertificate, standingAt } from "./certificates.ts";

/** Its key is on the curve secp256k1, which WebCrypto does not have. */
const onOddCurve = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR6gAwIBAgIUM/FtWAbWRf4Cl9xZdQ/qZocLwWIwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjEwNjQxNTVaFw0yNjEyMjEwNjQxNTVaMAwx
CjAIBgNVBAMMAXgwVjAQBgcqhkjOPQIBBgUrgQQACgNCAAT3EEpTX3SYv3aDKJS0
Kj84dtb+BzSKPHiyQJi3hf8LoWCRAfXwmL9xr7851FGEFjV538CPx2qDYof5NK23
B7a+o2EwXzAdBgNVHQ4EFgQUvDm4JGZTQey4SvC84bbjQrH5hQEwHwYDVR0jBBgw
FoAUvDm4JGZTQey4SvC84bbjQrH5hQEwDwYDVR0TAQH/BAUwAwEB/zAMBgNVHREE
BTADggF4MAoGCCqGSM49BAMCA0cAMEQCIGqQhJXzLKCyiS+QJCPYFPnt/VxzxdEG
JLgFKC7qlszJAiAZnM3Ioa7MfGxrml19KfoVU+oKg22n9OKz/KJuWs741A==
-----END CERTIFICATE-----
`;

function read(content: Secret) {
  const outcome = readCertificate(content);
  assert.ok(!("mistake" in outcome), "mistake" in outcome ? outcome.mistake : "");
  return outcome;
}

function mistake(content: Secret): string {
  const outcome = readCertificate(content);
  assert.ok("mistake" in outcome, "the certificate was taken");
  return outcome.mistake;
}

const good = await issue(["A.example.com", "*.b.example.com"], { commonName: "Some.Name" });
const other = await issue(["other.example.com"]);

test("a certificate is read with its names, its kind of key and its validity", () => {
  const { chain, ...facts } = read(tlsSecret("ns/s", good));
  assert.deepEqual(facts, {
    names: ["a.example.com", "*.b.example.com"],
    commonName: "some.name",
    keyAlgorithm: "ec",
    notBefore: Date.parse("2020-01-01"),
    notAfter: Date.parse("2120-01-01"),
  });
  assert.equal(Buffer.from(chain, "base64").toString(), good.certificate);
});

test("a chain keeps its certificates and nothing that stands between them", () => {
  const text = `subject=/CN=x\n${good.certificate.trim().replaceAll("\n", "\r\n")}\nsome words\n${other.certificate}`;
  const { chain, names } = read(secret("ns/s", { "tls.crt": text, "tls.key": good.key }));
  assert.equal(Buffer.from(chain, "base64").toString(), good.certificate + other.certificate);
  assert.deepEqual(names, ["a.example.com", "*.b.example.com"]);
});

test("keys may be PKCS #8, SEC 1 or PKCS #1", async () => {
  const rsa = await issue(["r.example.com"], { key: { name: "RSA", bits: 2048 } });
  const asPem = (key: string, type: "sec1" | "pkcs1") => createPrivateKey(key).export({ type, format: "pem" }).toString();
  assert.equal(read(tlsSecret("ns/s", { ...good, key: asPem(good.key, "sec1") })).keyAlgorithm, "ec");
  assert.equal(read(tlsSecret("ns/s", { ...rsa, key: asPem(rsa.key, "pkcs1") })).keyAlgorithm, "rsa");
  assert.equal(read(tlsSecret("ns/s", rsa)).keyAlgorithm, "rsa");
});

test("what cannot be used says why", () => {
  const of = (data: Record<string, string>, type?: string) => mistake(secret("ns/s", data, type));
  const { certificate, key } = good;
  const locked = createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
  assert.match(of({ "tls.crt": certificate, "tls.key": key }, "Opaque"), /has type Opaque/);
  assert.match(of({ "tls.key": key }), /has no tls\.crt/);
  assert.match(of({ "tls.crt": certificate }), /has no tls\.key/);
  assert.match(of({ "tls.crt": "foo", "tls.key": key }), /tls\.crt without a certificate/);
  assert.match(of({ "tls.crt": certificate.replace("MII", "AAA"), "tls.key": key }), /certificate 1 of 1 cannot be read/);
  assert.match(
    of({ "tls.crt": certificate + other.certificate.replace("MII", "AAA"), "tls.key": key }),
    /certificate 2 of 2 cannot be read/,
  );
  assert.match(of({ "tls.crt": certificate, "tls.key": "foo" }), /tls\.key without a private key/);
  assert.match(of({ "tls.crt": certificate, "tls.key": locked.toString() }), /not encrypted/);
  assert.match(of({ "tls.crt": certificate, "tls.key": other.key }), /does not belong to its certificate/);
});

test("keys that Envoy refuses are refused before it does", async () => {
  const weak = await issue(["x"], { key: { name: "RSA", bits: 1024 } });
  assert.match(mistake(tlsSecret("ns/s", weak)), /RSA key of 1024 bits/);
  assert.match(mistake(secret("ns/s", { "tls.crt": onOddCurve, "tls.key": good.key })), /curve secp256k1/);
  for (const namedCurve of ["P-384", "P-521"]) {
    assert.equal(read(tlsSecret("ns/s", await issue(["x"], { key: { name: "ECDSA", namedCurve } }))).keyAlgorithm, "ec");
  }
});

test("no message tells anything of a key", () => {
  const broken = good.key.replace("MIG", "AAA");
  const secretPart = broken.split("\n")[1] ?? "";
  for (const key of [broken, other.key]) {
    const told = mistake(tlsSecret("ns/s", { ...good, key }));
    assert.ok(!told.includes(secretPart.slice(10, 30)) && !told.includes("BEGIN"));
  }
});

test("a certificate is valid from its first moment to its last", () => {
  const validity = { notBefore: 10, notAfter: 20 };
  assert.deepEqual(
    [9, 10, 20, 21].map((moment) => standingAt(validity, moment)),
    ["early", "valid", "valid", "expired"],
  );
});
