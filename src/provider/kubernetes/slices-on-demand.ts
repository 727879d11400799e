import type { ApiObject } from "../../api/kinds.ts";
import type { Key } from "../../graph/index.ts";
import { pause } from "./back-off.ts";
import type { KindSource, Part } from "./kind-source.ts";
import { type PatientReading, readPatiently, retryMs } from "./patient-read.ts";
import type { Readers } from "./readers.ts";
import type { Change } from "./reflector.ts";
import type { StoredObject } from "./stored-object.ts";

/** What keeps the EndpointSlices of referenced services. */
export interface SlicesOptions extends PatientReading {
  /** Readers of slices by service: `<kind>/<namespace>/<name>`. */
  readonly readers: Readers;
  /** The keys that a slice is read by. */
  readonly servicesOf: (slice: { readonly metadata: Pick<StoredObject["metadata"], "namespace" | "labels"> }) => readonly Key[];
  /** The label that names the service of such a key. */
  readonly labelOf: (service: Key) => string;
  /** One for each namespace that is looked at, or one for all; `undefined` where a namespace is not looked at. */
  readonly sourceOf: (namespace: string) => KindSource<ApiObject> | undefined;
  readonly sources: () => readonly KindSource<ApiObject>[];
  /** Begins to follow the sources; resolves when all was read once. */
  readonly begin: () => Promise<void>;
  /** Writes what changed, outside of a settling. */
  readonly write: (changes: readonly Change<ApiObject>[]) => void;
}

/** Keeps the EndpointSlices of services that are referenced, of all those that a server has. */
export interface SlicesOnDemand {
  /** Whether a slice is wanted. */
  wants(slice: StoredObject): boolean;
  /** Takes what changed on the server. */
  changed(changes: readonly Change<ApiObject>[]): void;
  /** The slices of services that are read for the first time, if there are such, once they are here. */
  supply(): Promise<() => readonly Change<ApiObject>[]> | undefined;
  /** Forgets what is not referenced any more; returns its keys. */
  release(): readonly Key[];
}

/** Up to so many services are asked for one by one; for more, everything is gone through once. */
const fewServices = 20;

/** Makes an empty store. */
export function createSlices(options: SlicesOptions): SlicesOnDemand {
  return new Slices(options);
}

class Slices implements SlicesOnDemand {
  readonly #options: SlicesOptions;
  readonly #servicesOf = new Map<Key, readonly Key[]>();
  readonly #slicesOf = new Map<Key, Set<Key>>();
  #begun = false;
  /** What comes while a supply is being read: the version that waits for it takes it with it. */
  #meanwhile: Change<ApiObject>[] | undefined;

  constructor(options: SlicesOptions) {
    this.#options = options;
  }

  wants(slice: StoredObject): boolean {
    return this.#options.servicesOf(slice).some((service) => this.#options.readers.has(service));
  }

  changed(changes: readonly Change<ApiObject>[]): void {
    this.#note(changes);
    if (this.#meanwhile !== undefined) this.#meanwhile.push(...changes);
    else this.#options.write(changes);
  }

  supply(): Promise<() => readonly Change<ApiObject>[]> | undefined {
    const services = this.#options.readers.takeNew();
    if (services.length === 0) return undefined;
    return this.#bring(services);
  }

  release(): readonly Key[] {
    const { readers, sourceOf } = this.#options;
    const released: Key[] = [];
    for (const service of readers.takeEnded()) {
      for (const key of this.#slicesOf.get(service) ?? []) {
        if (this.#servicesOf.get(key)?.some((other) => readers.has(other))) continue;
        sourceOf(namespaceOf(key))?.forget([key]);
        released.push(key);
      }
    }
    this.#note(released.map((key) => ({ key, value: undefined })));
    return released;
  }

  async #bring(services: readonly Key[]): Promise<() => readonly Change<ApiObject>[]> {
    this.#meanwhile = [];
    if (!this.#begun) await this.#options.begin();
    const loaded = this.#begun ? await this.#loadAll(services) : [];
    this.#begun = true;
    return () => {
      const changes = [...loaded, ...(this.#meanwhile ?? [])];
      this.#meanwhile = undefined;
      // What was told before this was read may be older, and is yet to be written: this goes after it once more.
      if (changes.length > 0) this.#options.write(changes);
      return changes;
    };
  }

  async #loadAll(services: readonly Key[]): Promise<readonly Change<ApiObject>[]> {
    const { sourceOf, sources, labelOf } = this.#options;
    const loads =
      services.length > fewServices
        ? sources().map((source) => this.#load(source, {}))
        : services.map((service) => {
            const [, namespace = "", name] = service.split("/");
            const source = sourceOf(namespace);
            return source === undefined ? [] : this.#load(source, { namespace, labelSelector: `${labelOf(service)}=${name}` });
          });
    const changes = (await Promise.all(loads)).flat();
    this.#note(changes);
    return changes;
  }

  async #load(source: KindSource<ApiObject>, part: Part): Promise<readonly Change<ApiObject>[]> {
    const { signal, clock } = this.#options;
    const outcome = await readPatiently(() => source.load(part, signal), this.#options);
    if ("read" in outcome) return outcome.read;
    void pause(retryMs, signal, clock).then(() => this.#loadLate(source, part));
    return [];
  }

  async #loadLate(source: KindSource<ApiObject>, part: Part): Promise<void> {
    if (this.#options.signal.aborted) return;
    try {
      this.changed(await this.#load(source, part));
    } catch (error) {
      if (!this.#options.signal.aborted) throw error;
    }
  }

  /** Keeps in mind which slices belong to which services. */
  #note(changes: readonly Change<ApiObject>[]): void {
    for (const { key, value } of changes) {
      for (const service of this.#servicesOf.get(key) ?? []) {
        const slices = this.#slicesOf.get(service);
        slices?.delete(key);
        if (slices?.size === 0) this.#slicesOf.delete(service);
      }
      this.#servicesOf.delete(key);
      if (value === undefined) continue;
      const services = this.#options.servicesOf(value);
      this.#servicesOf.set(key, services);
      for (const service of services) {
        const slices = this.#slicesOf.get(service) ?? new Set();
        this.#slicesOf.set(service, slices.add(key));
      }
    }
  }
}

function namespaceOf(key: Key): string {
  return key.slice(0, key.indexOf("/"));
}
