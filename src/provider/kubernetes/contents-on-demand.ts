import type { ApiObject } from "../../api/kinds.ts";
import type { Kind } from "../../api/schema/kind.ts";
import type { Key } from "../../graph/index.ts";
import { isMissing } from "../../kubernetes/api-client.ts";
import { admitted } from "./admission.ts";
import { pause } from "./back-off.ts";
import type { KindSource } from "./kind-source.ts";
import { type PatientReading, readPatiently, retryMs } from "./patient-read.ts";
import type { Readers } from "./readers.ts";
import type { Change } from "./reflector.ts";
import { isOlder, storedObject } from "./stored-object.ts";

/** Asks for the metadata of objects alone. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export const metadataOnly = ["PartialObjectMetadata", "PartialObjectMetadataList"]
  .map((shape) => `application/json;as=${shape};g=meta.k8s.io;v=v1`)
  .join(",");

/** What brings the contents of a kind's objects. */
export interface ContentsOptions extends PatientReading {
  readonly kind: Kind;
  readonly readers: Readers;
  /** The source of a namespace, which says where its objects are. */
  readonly sourceOf: (namespace: string) => KindSource<string> | undefined;
  /** Writes what came of an object, outside of a settling. */
  readonly write: (key: Key, object: ApiObject | undefined) => void;
  /** Told of an object that is not what its kind can be, or cannot be read; undefined: all is well. */
  readonly tell: (key: Key, problem: string | undefined) => void;
}

/** Brings the contents of objects of which all are known by their metadata, but only those that are referenced are read. */
export interface ContentsOnDemand {
  /** Takes what the metadata say: versions, by key. */
  changed(changes: readonly Change<string>[]): void;
  /** What is read for the first time, if there is such, once it is here. */
  supply(): Promise<readonly Change<ApiObject>[]> | undefined;
  /** Forgets what is not referenced any more; returns its keys. */
  release(): readonly Key[];
}

/** So many objects are read at the same time. */
const concurrency = 16;

/** Makes an empty store. */
export function createContents(options: ContentsOptions): ContentsOnDemand {
  return new Contents(options);
}

/** What the server says of an object. */
interface Answer {
  /** Undefined: it is gone. */
  readonly version: string | undefined;
  /** Undefined: it is gone, or is not what its kind can be. */
  readonly object: ApiObject | undefined;
}

class Contents implements ContentsOnDemand {
  readonly #options: ContentsOptions;
  /** The versions that there are. */
  readonly #versions = new Map<Key, string>();
  /** The versions whose content was handed on. */
  readonly #loaded = new Map<Key, string>();
  readonly #refreshing = new Set<Key>();

  constructor(options: ContentsOptions) {
    this.#options = options;
  }

  changed(changes: readonly Change<string>[]): void {
    const { readers, write } = this.#options;
    for (const { key, value: version } of changes) {
      if (version === undefined) {
        this.#versions.delete(key);
        if (this.#loaded.delete(key)) write(key, undefined);
      } else {
        this.#versions.set(key, version);
        if (readers.has(key) && this.#loaded.get(key) !== version) void this.#refresh(key);
      }
    }
  }

  supply(): Promise<readonly Change<ApiObject>[]> | undefined {
    const keys = this.#options.readers.takeNew().filter((key) => this.#versions.has(key) && !this.#loaded.has(key));
    return keys.length === 0 ? undefined : this.#readAll(keys);
  }

  release(): readonly Key[] {
    return this.#options.readers.takeEnded().filter((key) => this.#loaded.delete(key));
  }

  async #readAll(keys: readonly Key[]): Promise<readonly Change<ApiObject>[]> {
    const answers: (Answer & { readonly key: Key })[] = [];
    const queue = keys.values();
    const work = async () => {
      for (const key of queue) {
        const answer = await this.#read(key);
        if (answer !== undefined && this.#accepts(key, answer)) answers.push({ key, ...answer });
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, keys.length) }, work));
    // What changed or went while the others were read has been handed on since.
    return answers.flatMap(({ key, version, object: value }) =>
      value !== undefined && this.#loaded.get(key) === version ? [{ key, value }] : [],
    );
  }

  /** Notes the version of an answer, unless the object is gone since it was asked for, or a newer one has come before it. */
  #accepts(key: Key, { version }: Answer): boolean {
    const loaded = this.#loaded.get(key);
    if (version === undefined) return true;
    if (!this.#versions.has(key) || (loaded !== undefined && isOlder(version, loaded))) return false;
    this.#loaded.set(key, version);
    return true;
  }

  /** Follows an object that changed. One at a time for each: a change that comes meanwhile is read after it. */
  async #refresh(key: Key): Promise<void> {
    if (this.#refreshing.has(key)) return;
    this.#refreshing.add(key);
    try {
      const { readers, write } = this.#options;
      while (readers.has(key) && this.#versions.has(key) && this.#loaded.get(key) !== this.#versions.get(key)) {
        const asked = this.#versions.get(key);
        const answer = await this.#read(key);
        if (!readers.has(key) || !this.#versions.has(key)) return;
        if (answer !== undefined && this.#accepts(key, answer)) write(key, answer.object);
        // What cannot be read is not asked for again before it changes.
        if (asked === this.#versions.get(key)) return;
      }
    } catch (error) {
      if (!this.#options.signal.aborted) throw error;
    } finally {
      this.#refreshing.delete(key);
    }
  }

  /** Asks for an object; undefined when it cannot be read, which changes nothing. */
  async #read(key: Key): Promise<Answer | undefined> {
    const { client, kind, signal, sourceOf, tell } = this.#options;
    const slash = key.indexOf("/");
    const path = sourceOf(key.slice(0, slash))?.pathOf(key.slice(0, slash), key.slice(slash + 1));
    if (path === undefined) return undefined;
    const outcome = await readPatiently(() => client.request({ method: "GET", path, signal }), this.#options);
    if ("failed" in outcome) {
      const gone = isMissing(outcome.failed);
      tell(key, gone ? undefined : `it cannot be read: ${outcome.failed instanceof Error ? outcome.failed.message : ""}`);
      if (!gone) void pause(retryMs, signal, this.#options.clock).then(() => this.#refresh(key));
      return gone ? { version: undefined, object: undefined } : undefined;
    }
    // Deleted while it was read: what is told of it now would stay.
    if (!this.#versions.has(key)) return { version: undefined, object: undefined };
    const stored = storedObject(outcome.read);
    const result = admitted(kind, stored, kind.versions[0].name);
    tell(key, "problem" in result ? result.problem : undefined);
    const version = stored.metadata.resourceVersion;
    return { version, object: "object" in result ? result.object : undefined };
  }
}
