/** A server that hands out secrets as SPIRE's agent does: by the secret discovery service, on a Unix domain socket, without TLS. */
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { SecretJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { encode } from "../../src/xds/codec/encoder.ts";
import { decodeSotwRequest } from "../../src/xds/server/discovery-request.ts";
import { sotwResponse } from "../../src/xds/server/discovery-response.ts";
import { frameMessage, MessageReader } from "../../src/xds/server/grpc-frames.ts";
import type { TestCertificate } from "../builders/certificates.ts";

/** The server. */
export interface SecretServer {
  /** Hands out a secret, in place of one of its name; whoever has that gets the new one. */
  put(secret: SecretJson & { readonly name: string }): void;
  close(): void;
}

/** Envoy's method: each stream asks for one secret, and is told of its changes. */
const method = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";

/** Listens on `socket`. */
export async function startSecretServer(socket: string): Promise<SecretServer> {
  const secrets = new Map<string, SecretJson>();
  const streams = new Map<ServerHttp2Stream, readonly string[]>();
  let version = 0;
  const tell = (stream: ServerHttp2Stream, names: readonly string[]) => {
    const found = names.flatMap((name) => secrets.get(name) ?? []);
    if (found.length === 0) return;
    const resources = found.map((secret) => resourceOf(secret));
    const nonce = String(++version);
    for (const frame of frameMessage(sotwResponse("Secret", resources, nonce, nonce))) stream.write(frame);
  };
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    if (headers[":path"] !== method) {
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "12" }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    const reader = new MessageReader(1 << 20);
    stream.on("error", () => {});
    stream.on("close", () => streams.delete(stream));
    stream.on("data", (chunk: Buffer) => {
      for (const message of reader.read(chunk)) {
        const { names, answer } = decodeSotwRequest(message);
        streams.set(stream, names);
        if (answer === undefined) tell(stream, names);
      }
    });
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    put(secret) {
      secrets.set(secret.name, secret);
      for (const [stream, names] of streams) if (names.includes(secret.name)) tell(stream, names);
    },
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

function resourceOf(secret: SecretJson) {
  const bytes = encode("envoy.extensions.transport_sockets.tls.v3.Secret", secret);
  const common = { scope: "", references: [], sources: [], warmUpMs: 0, version: "" };
  return { ...common, type: "Secret" as const, name: secret.name ?? "", chunks: [bytes] };
}

/** A certificate with its key, as a secret. */
export function certificateOf(name: string, { certificate, key }: TestCertificate) {
  return { name, tlsCertificate: { certificateChain: inline(certificate), privateKey: inline(key) } };
}

/** CA certificates, as a secret. */
export function authorityOf(name: string, { certificate }: TestCertificate) {
  return { name, validationContext: { trustedCa: inline(certificate) } };
}

function inline(text: string) {
  return { inlineBytes: Buffer.from(text).toString("base64") };
}
