import { createServer, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";

/** A port of this machine whose connections go elsewhere. */
export interface LocalForward {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Takes connections on the loopback interface (0: any free port) and joins each with one that `open` makes. `failed` is told why one
 * could not be made; that of the client is then closed. Rejects when the port cannot be had.
 */
export async function forwardLocally(
  port: number,
  open: () => Promise<Duplex>,
  failed: (error: Error) => void,
): Promise<LocalForward> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    open().then(
      (far) => {
        // A connection that ends early is the client's to notice.
        pipeline(client, far, () => {});
        pipeline(far, client, () => {});
      },
      (error) => {
        failed(error);
        client.destroy();
      },
    );
  });
  await new Promise<void>((listening, refuse) => server.once("error", refuse).listen(port, "127.0.0.1", listening));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () => {
      for (const client of clients) client.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
