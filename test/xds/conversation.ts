import { typeUrls, type XdsType } from "../../src/xds/resource.ts";
import type { Fault } from "../../src/xds/server/fault-search.ts";
import { ResourceStream, type Response } from "../../src/xds/server/resource-stream.ts";
import { createXdsStore, type ResourceChange, type XdsStore } from "../../src/xds/server/store.ts";
import { deltaVariant, sotwVariant, type Variant } from "../../src/xds/server/variant.ts";
import { ManualClock } from "../builders/manual-clock.ts";
import { edsCluster, endpoints, listener, put, routes, scope } from "./resources.ts";

/** What a client may add to a request. */
export interface Ask {
  readonly subscribe?: readonly string[];
  readonly unsubscribe?: readonly string[];
  readonly initial?: Readonly<Record<string, string>>;
  /** SotW: the whole list. */
  readonly names?: readonly string[];
}

/** A stream without a network: a test speaks for the client and reads what the server says, one line per response. */
export class Conversation {
  readonly store: XdsStore;
  readonly clock: ManualClock;
  readonly stream: ResourceStream;
  readonly rejections: string[] = [];
  readonly faults: string[] = [];
  /** The newest response of each type. */
  readonly last = new Map<XdsType, Response>();
  /** Whether the connection takes more. */
  writable = true;
  readonly #variant: Variant;
  readonly #lines: string[] = [];
  readonly #disconnect: () => void;

  constructor(options: { readonly variant?: "delta" | "sotw"; readonly store?: XdsStore; readonly clock?: ManualClock } = {}) {
    this.store = options.store ?? createXdsStore();
    this.clock = options.clock ?? new ManualClock();
    this.#variant = options.variant === "sotw" ? sotwVariant : deltaVariant;
    const channel = {
      tellsRemovals: this.#variant.tellsRemovals,
      send: (response: Response) => {
        this.last.set(response.state.type, response);
        this.#lines.push(describe(response));
        return this.writable;
      },
    };
    this.stream = new ResourceStream(this.store.scope(scope), channel, {
      clock: this.clock,
      holdMs: 5000,
      drainMs: 5000,
      onChange: () => {},
      onFaults: (_type, name, faults) => this.faults.push(`${name} ${faults.map(tell).join(", ")}`),
      onReject: (type, names, message, again) =>
        this.rejections.push(`${type} ${names.join(",")}: ${message}${again ? " (again)" : ""}`),
    });
    this.#disconnect = this.stream.resources.subscribe((changes) => {
      this.stream.changed(changes);
      this.stream.pump();
    });
  }

  apply(...changes: ResourceChange[]): void {
    this.store.apply(changes);
  }

  /** In SotW, where every request tells the last nonce, this also acknowledges the last response. */
  ask(type: XdsType, { subscribe = [], unsubscribe = [], initial = {}, names = [] }: Ask = {}): void {
    const nonce = this.#variant.name === "sotw" ? this.last.get(type)?.nonce : undefined;
    const answer = nonce === undefined ? {} : { answer: { nonce } };
    this.#request(type, { subscribe, unsubscribe, names, initialVersions: new Map(Object.entries(initial)), ...answer });
  }

  ack(type: XdsType, { names = [] }: Ask = {}): void {
    this.#answer(type, { names });
  }

  nack(type: XdsType, error: string, { names = [] }: Ask = {}): void {
    this.#answer(type, { names, error });
  }

  /** Acknowledges every response until nothing comes any more, and gives the responses that came meanwhile. */
  ackAll(): string[] {
    const lines = this.said();
    for (let rounds = 0; rounds < 100; rounds++) {
      const open = [...this.stream.types.values()].filter(({ inFlight }) => inFlight !== undefined);
      if (open.length === 0) return lines;
      for (const { type } of open) this.ack(type);
      lines.push(...this.said());
    }
    throw new Error("the server never stops sending");
  }

  /** The responses since the last call. */
  said(): string[] {
    return this.#lines.splice(0);
  }

  close(): void {
    this.#disconnect();
    this.stream.close();
  }

  #answer(type: XdsType, { names, error }: { names: readonly string[]; error?: string }): void {
    const nonce = this.last.get(type)?.nonce ?? "";
    const answer = { nonce, ...(error === undefined ? {} : { error }) };
    this.#request(type, { subscribe: [], unsubscribe: [], names, initialVersions: new Map(), answer });
  }

  #request(type: XdsType, request: object): void {
    this.#variant.apply(this.stream, type, { typeUrl: typeUrls[type], ...request });
    this.stream.pump();
  }
}

/** A client like Envoy that has listener `l`, its routes `r`, and cluster `a` with endpoints. */
export function settled(): Conversation {
  const talk = new Conversation();
  talk.apply(put(edsCluster("a")), put(endpoints("a")), put(listener("l", "1", ["r"])), put(routes("r", "1", ["a"])));
  talk.ask("Cluster");
  talk.ask("ClusterLoadAssignment", { subscribe: ["a"] });
  talk.ackAll();
  talk.ask("Listener");
  talk.ackAll();
  talk.ask("RouteConfiguration", { subscribe: ["r"] });
  talk.ackAll();
  return talk;
}

function tell({ version, message, present }: Fault): string {
  return `${version}: ${message}${present === undefined ? "" : ` instead of ${present.version}`}`;
}

/** `Cluster +a@1 -b`: sent, removed. */
function describe({ state, upserts, removed }: Response): string {
  const sent = upserts.map(({ name, version }) => `+${name}@${version}`);
  return [state.type, ...sent.sort(), ...removed.map((name) => `-${name}`).sort()].join(" ");
}
