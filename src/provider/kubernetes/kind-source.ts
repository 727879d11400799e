import type { Kind } from "../../api/schema/kind.ts";
import type { Clock, Key } from "../../graph/index.ts";
import { type ApiClient, retryAfterMs } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";
import { createBackOff, pause } from "./back-off.ts";
import { type Change, createReflector, type Reflector, type ReflectorState } from "./reflector.ts";
import type { ServedVersions } from "./served-version.ts";
import type { StoredObject } from "./stored-object.ts";

/** How things stand with a kind, in one namespace or in all. */
export type KindState = ReflectorState | { readonly state: "reading" } | { readonly state: "absent" };

/** What follows the objects of a kind. */
export interface KindSourceOptions<T> {
  readonly client: ApiClient;
  readonly served: ServedVersions;
  readonly kind: Kind;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** How objects are asked for. Default: whole. */
  readonly accept?: string;
  readonly take: (object: StoredObject, key: Key, version: string) => T | undefined;
  readonly apply: (changes: readonly Change<T>[]) => void;
  readonly tell: (state: KindState) => void;
  readonly streams: { supported: boolean };
  readonly relistMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Some of the objects of a source: those with a label, in a namespace; all, where neither is given. */
export interface Part {
  readonly labelSelector?: string;
  readonly namespace?: string;
}

/** The objects of a kind in one namespace, or in all. */
export interface KindSource<T> {
  /** Follows the kind until `signal` is aborted; while the server does not have it, it is looked for from time to time. */
  run(signal: AbortSignal): Promise<void>;
  /** Lists a part anew; see `Reflector.load`. Nothing while the server does not have the kind. */
  load(part: Part, signal: AbortSignal): Promise<readonly Change<T>[]>;
  forget(keys: Iterable<Key>): void;
  /** The keys of what is kept. */
  keys(): Iterable<Key>;
  /** The path of one of its objects; undefined while the server does not have the kind. */
  pathOf(namespace: string, name: string): string | undefined;
}

/** How often a kind that the server does not have is looked for. Milliseconds. */
const absentMs = 15_000;

/** Makes a source that is not followed yet. */
export function createKindSource<T>(options: KindSourceOptions<T>): KindSource<T> {
  const { kind, namespace, accept, tell, clock, random = Math.random } = options;
  let present: { readonly version: string; readonly reflector: Reflector<T> } | undefined;

  const collection = (version: string, namespace: string | undefined) =>
    resourcePath({ group: kind.group, version, plural: kind.plural, ...(namespace === undefined ? {} : { namespace }) });
  const open = (version: string) => {
    const request = { path: collection(version, namespace), ...(accept === undefined ? {} : { accept }) };
    const take = (object: StoredObject, key: Key) => options.take(object, key, version);
    return { version, reflector: createReflector({ ...options, request, take }) };
  };

  const findVersion = async (signal: AbortSignal): Promise<string | undefined> => {
    const backOff = createBackOff({ random, ...(clock && { clock }) });
    while (!signal.aborted) {
      try {
        return await options.served.find(kind, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        tell({ state: "failing", error });
        await backOff.wait(signal, retryAfterMs(error));
      }
    }
    return undefined;
  };

  return {
    async run(signal) {
      const backOff = createBackOff({ random, ...(clock && { clock }) });
      while (!signal.aborted) {
        const version = await findVersion(signal);
        if (signal.aborted) return;
        if (version !== present?.version) {
          present?.reflector.forgetAll();
          present = version === undefined ? undefined : open(version);
        }
        if (present === undefined) {
          tell({ state: "absent" });
          await pause(absentMs * (1 + random() / 2), signal, clock);
        } else {
          // It ends when the collection is not found, which somebody in between may say, too: whether the kind is gone is asked above.
          await present.reflector.run(signal);
          await backOff.wait(signal);
        }
      }
    },
    async load({ labelSelector, namespace: part = namespace }, signal) {
      if (present === undefined) return [];
      const { version, reflector } = present;
      const request = { path: collection(version, part), signal, ...(accept === undefined ? {} : { accept }) };
      return reflector.load({ ...request, query: { labelSelector } });
    },
    forget: (keys) => present?.reflector.forget(keys),
    keys: () => present?.reflector.keys() ?? [],
    pathOf: (inNamespace, name) =>
      present && resourcePath({ group: kind.group, version: present.version, plural: kind.plural, namespace: inNamespace, name }),
  };
}
