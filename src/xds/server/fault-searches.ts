/** The searches for faults of one stream, for each type one after the other: what to try next, and what came of it. */
import type { VirtualHostPieces, XdsResource, XdsType } from "../resource.ts";
import type { Fault, Trials } from "./fault-search.ts";
import { findListenerFaults } from "./listener-faults.ts";
import { entryOf } from "./map-entry.ts";
import { type KnownVersion, StoredResource } from "./store.ts";
import { findTableFaults } from "./table-faults.ts";

/** Learns what a search in a resource found; nothing where the mistake is in no piece alone. */
export type FaultListener = (type: XdsType, name: string, faults: readonly Fault[]) => void;

type FaultTrials = Trials<readonly Fault[]>;

interface Underway {
  readonly trials: FaultTrials;
  readonly trial: StoredResource;
}

/** The searches of one stream. */
export class FaultSearches {
  readonly #onFound: FaultListener;
  /** By type and name; the first of a type is the one that is tried. */
  readonly #underway = new Map<XdsType, Map<string, Underway>>();

  constructor(onFound: FaultListener) {
    this.#onFound = onFound;
  }

  /** The client refused this and has `present`. Nothing happens where it is not known what it is put together from. */
  begin(refused: StoredResource, present: KnownVersion | undefined): void {
    const trials = trialsOf(refused.resource, present?.stored?.resource);
    if (trials !== undefined) this.#follow(refused, trials, trials.next());
  }

  /** Whether the faults of a resource are being searched for: it is not worth sending until they are known. */
  isUnderway(type: XdsType, name: string): boolean {
    return this.#underway.get(type)?.has(name) === true;
  }

  /** What to send next of a type. */
  next(type: XdsType): StoredResource | undefined {
    const [first] = this.#underway.get(type)?.values() ?? [];
    return first?.trial;
  }

  /**
   * What the client said of the last trial.
   * @param message undefined when it took the trial: a client that does not judge as Envoy does, so nothing can be found this way
   */
  answered({ name, resource: { type } }: StoredResource, message: string | undefined): void {
    const ofType = this.#underway.get(type);
    const underway = ofType?.get(name);
    if (ofType === undefined || underway === undefined) return;
    ofType.delete(name);
    const { trials, trial } = underway;
    if (message === undefined) this.#onFound(type, name, []);
    else this.#follow(trial, trials, trials.next(message));
  }

  #follow({ resource }: StoredResource, trials: FaultTrials, step: ReturnType<FaultTrials["next"]>): void {
    const { name, scope, type } = resource;
    if (step.done === true) {
      this.#onFound(type, name, step.value);
      return;
    }
    const frame = { scope, type, name, version: "trial", references: [], sources: [], warmUpMs: 0 };
    const trial = new StoredResource({ ...frame, chunks: [step.value] });
    entryOf(this.#underway, type, () => new Map<string, Underway>()).set(name, { trials, trial });
  }
}

function trialsOf({ name, virtualHosts, filterChains }: XdsResource, present: XdsResource | undefined): FaultTrials | undefined {
  if (virtualHosts !== undefined) return findTableFaults(name, virtualHosts, versionsOf(present?.virtualHosts ?? []));
  return filterChains && findListenerFaults(filterChains, present?.filterChains?.pieces ?? []);
}

function versionsOf(hosts: Iterable<VirtualHostPieces>): ReadonlySet<string> {
  const versions = new Set<string>();
  for (const { head, routes } of hosts) {
    versions.add(head.version);
    for (const { version } of routes) versions.add(version);
  }
  return versions;
}
