/**
 * Connections to ports of pods, through the API server and the kubelet: what `kubectl port-forward` does.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1 (`pods/portforward`); the subprotocol
 * v4.channel.k8s.io is described in k8s.io/kubelet, pkg/cri/streaming/portforward/websocket.go.
 */
import { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Access } from "./access.ts";
import { createConnections } from "./connections.ts";
import { resourcePath } from "./resource-path.ts";

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The first byte of every message says what it is of. */
const channels = { data: 0, error: 1 } as const;

/** On each channel the first message is the number of the port. */
const headBytes = 3;

/** Longer than a healthy API server takes to get through to a kubelet. Milliseconds. */
const openTimeoutMs = 15_000;

/**
 * Opens a connection to a port on the loopback interface of a pod. Rejects in words for the user when the API server or the node
 * refuses; the stream fails when nothing listens on the port.
 */
export async function openPodPort(access: Access, target: PodPort): Promise<Duplex> {
  const { WebSocket } = await import("ws");
  const connections = createConnections(access);
  const { agent, authorization } = await connections.open(false);
  const socket = new WebSocket(urlOf(access.server, target), ["v4.channel.k8s.io"], {
    agent,
    headers: { ...access.headers, ...(authorization && { authorization }) },
    handshakeTimeout: openTimeoutMs,
    perMessageDeflate: false,
  });
  await opened(socket, target);
  return new PodStream(socket, target);
}

function urlOf(server: URL, { namespace, pod, port }: PodPort): URL {
  const url = new URL(server);
  url.protocol = server.protocol === "http:" ? "ws:" : "wss:";
  const path = resourcePath({ group: "", version: "v1", plural: "pods", namespace, name: pod, subresource: "portforward" });
  url.pathname = server.pathname.replace(/\/$/, "") + path;
  url.searchParams.set("ports", String(port));
  return url;
}

function opened(socket: WebSocket, { namespace, pod, port }: PodPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string) => reject(new Error(`cannot reach port ${port} of pod ${namespace}/${pod}: ${reason}`));
    socket.once("open", resolve);
    socket.once("error", (error) => refuse(error.message));
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      refuse(`the API server answers ${response.statusCode} ${response.statusMessage}`);
    });
  });
}

/** The bytes of one connection. */
class PodStream extends Duplex {
  readonly #socket: WebSocket;
  /** The channels whose head has come. */
  readonly #begun = new Set<number>();

  constructor(socket: WebSocket, { namespace, pod, port }: PodPort) {
    super();
    this.#socket = socket;
    socket.on("message", (message: Buffer) => {
      const [channel = channels.error] = message;
      const content = this.#begun.has(channel) ? message.subarray(1) : message.subarray(headBytes);
      this.#begun.add(channel);
      if (content.length === 0) return;
      if (channel === channels.data) this.push(content);
      else this.destroy(new Error(`port ${port} of pod ${namespace}/${pod}: ${content.toString().trim()}`));
    });
    socket.on("close", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(channels.data), chunk]), (error) => done(error ?? null));
  }

  /** One direction cannot be closed alone: what the pod still sends is awaited. */
  override _final(done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }
}
