import assert from "node:assert/strict";
import { test } from "node:test";
import { answerTo } from "./dns-server.ts";

const typeA = 1;
const typeAaaa = 28;

function query(name: string, type = typeA): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return Buffer.concat([Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

const resolve = (namespace: string, name: string) =>
  namespace === "shop" && name === "web" ? ["10.96.0.7", "10.96.0.8"] : undefined;

/** Code of the response, number of answers, and the addresses in them. */
function read(answer: Buffer) {
  const count = answer.readUInt16BE(6);
  const records = answer.subarray(answer.length - count * 16);
  const addresses = Array.from({ length: count }, (_, index) => records.subarray(index * 16 + 12, index * 16 + 16).join("."));
  return { id: answer.readUInt16BE(0), code: answer.readUInt16BE(2) & 15, addresses };
}

test("the addresses of a Service are told, whatever the case of the letters", () => {
  const expected = { id: 0x1234, code: 0, addresses: ["10.96.0.7", "10.96.0.8"] };
  assert.deepEqual(read(answerTo(query("web.shop.svc.cluster.local"), resolve)), expected);
  assert.deepEqual(read(answerTo(query("Web.Shop.SVC.cluster.local"), resolve)), expected);
});

test("a Service has no IPv6 addresses, and other names do not exist", () => {
  assert.deepEqual(read(answerTo(query("web.shop.svc.cluster.local", typeAaaa), resolve)), {
    id: 0x1234,
    code: 0,
    addresses: [],
  });
  assert.deepEqual(read(answerTo(query("web.shop.svc"), resolve)), { id: 0x1234, code: 3, addresses: [] });
  assert.deepEqual(read(answerTo(query("other.shop.svc.cluster.local"), resolve)), { id: 0x1234, code: 3, addresses: [] });
});
