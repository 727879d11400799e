/** Whether proxies have what requests come in by: the listeners, with the routes and secrets that these refer to. */
import type { XdsType } from "../resource.ts";
import type { ResourceStream } from "./resource-stream.ts";

/** Envoy takes a listener before it asks for these, and uses it when it has them. */
const referred = ["RouteConfiguration", "Secret"] as const;

interface Finding {
  readonly streams: readonly ResourceStream[];
  readonly state: string;
  readonly taken: boolean;
}

/** Knows what it last found out: with many listeners, looking again after each change would be much of its cost. */
export class TakenEntrances {
  readonly #known = new WeakMap<ResourceStream, Finding>();

  /** @param streams all of one proxy */
  areTaken(streams: readonly ResourceStream[]): boolean {
    const [first] = streams;
    if (first === undefined) return false;
    const state = stateOf(first, streams);
    const known = this.#known.get(first);
    if (
      known?.state === state &&
      known.streams.length === streams.length &&
      streams.every((stream, at) => stream === known.streams[at])
    )
      return known.taken;
    const taken = hasListeners(streams) && hasReferred(first, streams);
    this.#known.set(first, { streams, state, taken });
    return taken;
  }
}

/** Whether a proxy has every listener as it shall be. */
export function hasListeners(streams: readonly ResourceStream[]): boolean {
  const names = streams[0]?.resources.all("Listener").keys() ?? [];
  return names.every((name) => has(streams, "Listener", name));
}

function hasReferred({ resources }: ResourceStream, streams: readonly ResourceStream[]): boolean {
  const listeners = resources.all("Listener").values();
  return listeners.every((listener) =>
    referred.every((type) =>
      listener
        .references(type)
        .values()
        .every((name) => has(streams, type, name)),
    ),
  );
}

/** What is nowhere, nobody can have. */
function has(streams: readonly ResourceStream[], type: XdsType, name: string): boolean {
  const version = streams[0]?.resources.get(type, name)?.version;
  return version === undefined || streams.some(({ types }) => types.get(type)?.accepted.get(name)?.version === version);
}

/** Changes with all that the answer depends on. */
function stateOf({ resources }: ResourceStream, streams: readonly ResourceStream[]): string {
  const numbers = (["Listener", ...referred] as const).flatMap((type) => [
    resources.versionOf(type),
    ...streams.map(({ types }) => types.get(type)?.accepted.revision ?? 0),
  ]);
  return numbers.join(" ");
}
