import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAuthority } from "../../test/builders/authority.ts";
import { revocationMistake } from "./revocation-list.ts";

const authority = await makeAuthority();
const revoked = await authority.issue(["a.com"]);
const moment = Date.parse("2026-01-01T00:00:00Z");

test("lists are taken until they are to be replaced", async () => {
  const list = await authority.revoke([revoked], "2026-06-01");
  assert.equal(revocationMistake(list, moment), undefined);
  assert.equal(revocationMistake(`${await authority.revoke([])}${list}`, moment), undefined);
  const late = Date.parse("2026-06-02T00:00:00Z");
  assert.equal(
    revocationMistake(list, late),
    "holds a certificate revocation list that expired at 2026-06-01T00:00:00.000Z; renew it",
  );
  const far = await authority.revoke([revoked], "2120-01-01");
  assert.equal(revocationMistake(far, late), undefined);
});

test("what Envoy would not read is refused", async () => {
  assert.equal(revocationMistake("none", moment), "holds no certificate revocation list in PEM");
  const list = await authority.revoke([revoked]);
  const lines = list.trim().split("\n");
  const der = Buffer.from(lines.slice(1, -1).join(""), "base64");
  const pem = (bytes: Buffer) => `${lines[0]}\n${bytes.toString("base64")}\n${lines.at(-1)}\n`;
  assert.equal(revocationMistake(pem(der), moment), undefined);
  const unreadable = "holds a certificate revocation list that cannot be read: 2 of 2";
  for (const broken of [der.subarray(0, -1), der.subarray(1), Buffer.concat([der, Buffer.of(0)]), Buffer.of(0x30, 0)]) {
    assert.equal(revocationMistake(`${list}${pem(broken)}`, moment), unreadable);
  }
  const certificate = revoked.certificate.replaceAll("CERTIFICATE", "X509 CRL");
  assert.equal(revocationMistake(certificate, moment), "holds a certificate revocation list that cannot be read: 1 of 1");
});
