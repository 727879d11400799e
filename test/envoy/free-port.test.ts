import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { freePort, listenOn } from "./free-port.ts";

describe("free ports", () => {
  test("are given once each, and are none that the system gives unasked", { skip: process.platform !== "linux" }, async () => {
    const ports = [];
    for (let i = 0; i < 20; i++) ports.push(await freePort());
    assert.equal(new Set(ports).size, ports.length);
    const [low = 0, high = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
    if (low >= 21_000)
      assert.deepEqual(
        ports.filter((port) => port >= low && port <= high),
        [],
      );
  });

  test("are none on which somebody listens, be it by UDP", async () => {
    const taken = (await freePort()) + 1;
    const server = createServer();
    const socket = createSocket("udp4");
    await listenOn(server, taken).catch(() => {});
    socket.bind(taken + 1, "127.0.0.1");
    await once(socket, "listening").catch(() => {});
    const next = [await freePort(), await freePort()];
    server.close();
    socket.close();
    assert.deepEqual(
      next.filter((port) => port === taken || port === taken + 1),
      [],
    );
  });
});
