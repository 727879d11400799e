/** The kubelet's side of port forwarding over WebSockets, in the subprotocol v4.channel.k8s.io. */
import type { Server } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** Where a request leads: opens the connection, or says why there is none. */
export type FindPort = (url: URL) => { readonly port: number; readonly dial: () => Duplex } | undefined;

/** Serves the upgrades of a server that `find` knows; others are refused with 404. */
export function serveForwarding(server: Pick<Server, "on">, find: FindPort): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "v4.channel.k8s.io" });
  server.on("upgrade", (request, socket, head) => {
    const found = find(new URL(request.url ?? "/", "https://node"));
    if (found === undefined) socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else sockets.handleUpgrade(request, socket, head, (opened) => forward(opened, found.port, found.dial()));
  });
}

/** A port on the loopback interface of this machine. */
export function loopbackPort(port: number): ReturnType<FindPort> {
  return { port, dial: () => connect(port, "127.0.0.1") };
}

function forward(socket: WebSocket, port: number, pod: Duplex): void {
  const number = [port & 0xff, port >> 8];
  socket.send(Buffer.of(0, ...number));
  socket.send(Buffer.of(1, ...number));
  // Only the data channel takes anything; its messages need no head.
  socket.on("message", (message: Buffer) => pod.write(message.subarray(1)));
  socket.on("close", () => pod.destroy());
  pod.on("data", (bytes) => socket.send(Buffer.concat([Buffer.of(0), bytes])));
  pod.on("error", (error) => socket.send(Buffer.concat([Buffer.of(1), Buffer.from(error.message)])));
  pod.on("close", () => socket.close());
}
