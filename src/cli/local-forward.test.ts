import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { forwardLocally } from "./local-forward.ts";

describe("a port of this machine that leads elsewhere", () => {
  const far: Server = createServer((asked, answer) => answer.end(`you asked for ${asked.url}`));
  const farPort = () => (far.address() as { port: number }).port;
  before(() => new Promise<void>((listening) => far.listen(0, "127.0.0.1", listening)));
  after(() => {
    far.closeAllConnections();
    return new Promise((closed) => far.close(closed));
  });

  test("carries several connections, and ends with them open", async () => {
    const forward = await forwardLocally(0, async () => connect(farPort(), "127.0.0.1"), assert.fail);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${forward.port}${path}`)).text();
    assert.deepEqual(await Promise.all(["/a", "/b"].map(ask)), ["you asked for /a", "you asked for /b"]);
    const idle = connect(forward.port, "127.0.0.1").on("error", () => {});
    await new Promise((connected) => idle.on("connect", connected));
    await forward.close();
    await assert.rejects(ask("/c"));
  });

  test("tells why a connection cannot be made, and closes the client's", async () => {
    const told: string[] = [];
    const refuse = () => Promise.reject(new Error("no such pod"));
    const forward = await forwardLocally(0, refuse, ({ message }) => told.push(message));
    assert.equal(await text(connect(forward.port, "127.0.0.1")).catch(() => ""), "");
    assert.deepEqual(told, ["no such pod"]);
    await forward.close();
  });
});
