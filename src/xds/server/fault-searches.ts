/** The searches for faults of one stream, one after the other: what to try next, and what came of it. */
import type { VirtualHostPieces } from "../resource.ts";
import { type Fault, findFaults } from "./fault-search.ts";
import { type KnownVersion, StoredResource } from "./store.ts";

/** Learns what a search in a RouteConfiguration found; nothing where the mistake is in no piece alone. */
export type FaultListener = (name: string, faults: readonly Fault[]) => void;

interface Underway {
  readonly trials: ReturnType<typeof findFaults>;
  readonly trial: StoredResource;
}

/** The searches of one stream. */
export class FaultSearches {
  readonly #onFound: FaultListener;
  /** By the name of the RouteConfiguration; the first is the one that is tried. */
  readonly #underway = new Map<string, Underway>();

  constructor(onFound: FaultListener) {
    this.#onFound = onFound;
  }

  /** The client refused this and has `present`. Nothing happens where it is not known what it is put together from. */
  begin(refused: StoredResource, present: KnownVersion | undefined): void {
    const { virtualHosts } = refused.resource;
    if (virtualHosts === undefined) return;
    const trials = findFaults(refused.name, virtualHosts, versionsOf(present?.stored?.resource.virtualHosts ?? []));
    this.#follow(refused, trials, trials.next());
  }

  /** Whether the faults of a RouteConfiguration are being searched for: it is not worth sending until they are known. */
  isUnderway(name: string): boolean {
    return this.#underway.has(name);
  }

  /** What to send next. */
  next(): StoredResource | undefined {
    const [first] = this.#underway.values();
    return first?.trial;
  }

  /**
   * What the client said of the last trial.
   * @param message undefined when it took the trial: a client that does not judge as Envoy does, so nothing can be found this way
   */
  answered({ name }: StoredResource, message: string | undefined): void {
    const underway = this.#underway.get(name);
    if (underway === undefined) return;
    this.#underway.delete(name);
    const { trials, trial } = underway;
    if (message === undefined) this.#onFound(name, []);
    else this.#follow(trial, trials, trials.next(message));
  }

  #follow({ resource }: StoredResource, trials: Underway["trials"], step: ReturnType<Underway["trials"]["next"]>): void {
    const { name, scope, type } = resource;
    if (step.done === true) {
      this.#onFound(name, step.value);
      return;
    }
    const frame = { scope, type, name, version: "trial", references: [], sources: [], warmUpMs: 0 };
    this.#underway.set(name, { trials, trial: new StoredResource({ ...frame, chunks: [step.value] }) });
  }
}

function versionsOf(hosts: Iterable<VirtualHostPieces>): ReadonlySet<string> {
  const versions = new Set<string>();
  for (const { head, routes } of hosts) {
    versions.add(head.version);
    for (const { version } of routes) versions.add(version);
  }
  return versions;
}
