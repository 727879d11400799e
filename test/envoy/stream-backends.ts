/** Backends that speak neither HTTP nor anything else: they say who they are, and give back what they get. */
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TestCertificate } from "../builders/certificates.ts";

/** A TCP server that says `name`, a line, and then echoes. */
export function createTcpEcho(name: string): Server {
  return createServer((socket) => echo(name, socket));
}

/** The same over TLS. */
export function createTlsEcho(name: string, { certificate, key }: TestCertificate): Server {
  const server = createTlsServer({ cert: certificate, key }, (socket) => echo(name, socket));
  return server.on("tlsClientError", () => undefined);
}

function echo(name: string, socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.write(`${name}\n`);
  socket.pipe(socket);
}

/** A UDP server on a free port of the loopback interface that answers each datagram with it, after `name` and a space. */
export async function createUdpEcho(name: string): Promise<{ readonly port: number; close(): void }> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => socket.send(`${name} ${message}`, port, address));
  await bound(socket);
  return { port: socket.address().port, close: () => socket.close() };
}

/** Sends a datagram and gives the answer; undefined when there is none within a second. */
export async function askDatagram(port: number, text: string): Promise<string | undefined> {
  const socket = createSocket("udp4");
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), 1000);
      socket.once("error", reject).once("message", (message) => {
        clearTimeout(timer);
        resolve(message.toString());
      });
      socket.send(text, port, "127.0.0.1");
    });
  } finally {
    socket.close();
  }
}

function bound(socket: DatagramSocket): Promise<void> {
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
}

/**
 * Says `text` on an open connection to an echo and gives the line that the server began with and its echo. Rejects when the connection
 * ends before.
 */
export function converse(socket: Socket, text: string): Promise<{ readonly name: string; readonly echo: string }> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const fail = (error?: Error) => reject(error ?? new Error(`the connection ended after "${heard}"`));
    socket.setEncoding("utf8");
    socket.once("error", fail).once("close", () => fail());
    socket.on("data", (data: string) => {
      heard += data;
      const [name = "", echoed] = heard.split("\n", 2);
      if (echoed !== text) return;
      socket.destroy();
      resolve({ name, echo: echoed });
    });
    socket.write(text);
  });
}
