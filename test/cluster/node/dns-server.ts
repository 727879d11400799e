/** The DNS of the cluster: addresses of Services. Source: https://github.com/kubernetes/dns/blob/master/docs/specification.md */
import { createSocket } from "node:dgram";
import { nodeAddress } from "../addresses.ts";

/** The addresses of a Service; undefined where there is none of that name. */
export type Resolve = (namespace: string, name: string) => readonly string[] | undefined;

const typeA = 1;
const noSuchName = 3;

/** Answers queries on the node's address until the process ends. */
export function serveDns(resolve: Resolve): void {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    try {
      socket.send(answerTo(query, resolve), port, address);
    } catch (error) {
      console.log("DNS:", error);
    }
  });
  socket.bind(53, nodeAddress);
}

/** The answer to a query of one question (RFC 1035, section 4): A records for `<service>.<namespace>.svc.cluster.local`, for other types none. */
export function answerTo(query: Buffer, resolve: Resolve): Buffer {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query.readUInt8(offset); length > 0; length = query.readUInt8(offset)) {
    labels.push(query.toString("latin1", offset + 1, offset + 1 + length).toLowerCase());
    offset += length + 1;
  }
  const type = query.readUInt16BE(offset + 1);
  const [, name = "", namespace = ""] = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(labels.join(".")) ?? [];
  const found = resolve(namespace, name);
  const addresses = type === typeA ? (found ?? []) : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // A response, of the authority, with recursion as asked for.
  header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | (found === undefined ? noSuchName : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, query.subarray(12, offset + 5), ...addresses.map(recordOf)]);
}

/** An A record of the name in the question, valid for 5 s. */
function recordOf(address: string): Buffer {
  return Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 5, 0, 4, ...address.split(".").map(Number)]);
}
