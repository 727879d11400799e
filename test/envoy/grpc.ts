/** gRPC as tests speak it: messages are texts, and a backend tells who it is and what it was asked. */
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import type { TestCertificate } from "../builders/certificates.ts";

const serialize = (text: string) => Buffer.from(text);
const deserialize = (bytes: Buffer) => bytes.toString();

function method(path: string, requestStream: boolean, responseStream: boolean): MethodDefinition<string, string> {
  const both = { requestSerialize: serialize, requestDeserialize: deserialize };
  return { path, requestStream, responseStream, ...both, responseSerialize: serialize, responseDeserialize: deserialize };
}

/** A backend that is told apart by its name. */
export interface GrpcBackend {
  readonly port: number;
  /** `<path> <message>` of each unary call that came. */
  readonly calls: readonly string[];
  stop(): void;
}

/**
 * Starts a backend with the services `shop.Cart` and `shop.Users`. `Get` and `List` answer `<name>: <message>`, with the header
 * `x-asked` of the call in the header `x-asked`; `Watch` answers three times, `Chat` each message. It speaks TLS where it has a certificate.
 */
export async function startGrpcBackend(name: string, identity?: TestCertificate): Promise<GrpcBackend> {
  const server = new Server();
  const calls: string[] = [];
  const answer = (call: ServerUnaryCall<string, string>, done: sendUnaryData<string>) => {
    calls.push(`${call.getPath()} ${call.request}`);
    const headers = new Metadata();
    for (const asked of call.metadata.get("x-asked")) headers.add("x-asked", asked);
    call.sendMetadata(headers);
    done(null, `${name}: ${call.request}`);
  };
  for (const service of ["shop.Cart", "shop.Users"]) {
    const definition = {
      Get: method(`/${service}/Get`, false, false),
      List: method(`/${service}/List`, false, false),
      Watch: method(`/${service}/Watch`, false, true),
      Chat: method(`/${service}/Chat`, true, true),
    };
    server.addService(definition, {
      Get: answer,
      List: answer,
      Watch(call: ServerWritableStream<string, string>) {
        for (const i of [1, 2, 3]) call.write(`${name}: ${call.request} ${i}`);
        call.end();
      },
      Chat(call: ServerDuplexStream<string, string>) {
        call.on("data", (message: string) => call.write(`${name}: ${message}`));
        call.on("end", () => call.end());
      },
    });
  }
  const accept =
    identity === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(identity.key), cert_chain: Buffer.from(identity.certificate) },
        ]);
  const port = await new Promise<number>((resolve, reject) => {
    const started = (error: Error | null, bound: number) => (error === null ? resolve(bound) : reject(error));
    server.bindAsync("127.0.0.1:0", accept, started);
  });
  return { port, calls, stop: () => server.forceShutdown() };
}

/** What became of a unary call. */
export interface CallOutcome {
  /** The name of the status, like `OK`. */
  readonly status: string;
  readonly details: string;
  readonly message: string;
  readonly headers: Metadata;
}

/** Calls methods on a port of this machine, by HTTP/2, for one host. */
export interface GrpcClient {
  call(path: string, message: string, headers?: Readonly<Record<string, string>>): Promise<CallOutcome>;
  /** The answers to one message. */
  watch(path: string, message: string): Promise<readonly string[]>;
  /** Sends each message after the answer to the one before; gives the answers. */
  chat(path: string, messages: readonly string[]): Promise<readonly string[]>;
  close(): void;
}

/** Makes a client. It speaks TLS where it is given a certificate to trust. */
export function createGrpcClient(port: number, host: string, trusted?: string): GrpcClient {
  const channel = trusted === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(trusted));
  const client = new Client(`127.0.0.1:${port}`, channel, {
    "grpc.default_authority": host,
    ...(trusted !== undefined && { "grpc.ssl_target_name_override": host }),
    "grpc.enable_retries": 0,
  });
  return {
    call(path, message, sent = {}) {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(sent)) metadata.set(name, value);
      return new Promise((resolve) => {
        let headers = new Metadata();
        const done = (error: ServiceError | null, answer?: string) => {
          const { code, details } = error ?? { code: status.OK, details: "" };
          resolve({ status: status[code] ?? `${code}`, details, message: answer ?? "", headers });
        };
        const call = client.makeUnaryRequest(path, serialize, deserialize, message, metadata, deadline(), done);
        call.on("metadata", (received) => {
          headers = received;
        });
      });
    },
    watch(path, message) {
      return collect(client.makeServerStreamRequest(path, serialize, deserialize, message, deadline()));
    },
    chat(path, messages) {
      const call = client.makeBidiStreamRequest(path, serialize, deserialize, deadline());
      const waiting = [...messages];
      const next = () => {
        const message = waiting.shift();
        if (message === undefined) call.end();
        else call.write(message);
      };
      call.on("data", next);
      next();
      return collect(call);
    },
    close: () => client.close(),
  };
}

/** No call may hang a test. */
function deadline() {
  return { deadline: Date.now() + 30_000 };
}

function collect(call: NodeJS.EventEmitter): Promise<readonly string[]> {
  const answers: string[] = [];
  return new Promise((resolve, reject) => {
    call.on("data", (answer: string) => answers.push(answer));
    call.on("error", reject);
    call.on("end", () => resolve(answers));
  });
}
