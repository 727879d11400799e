import type { Logger } from "../../log/logger.ts";
import type { KindState } from "./kind-source.ts";

/** Keeps in mind how things stand with one kind, tells the log of what changes, and when everything was read once. */
export interface KindFollower {
  /** Takes the state of one of the kind's sources. */
  tell(source: number, state: KindState): void;
  /** Resolves when all sources were read once, or are known not to be there where they may be missing. */
  readonly synced: Promise<void>;
  states(): readonly KindState["state"][];
}

/** What is known of a kind. */
export interface FollowedKind {
  readonly name: string;
  /** How many sources it has. */
  readonly sources: number;
  /** A server without the kind will not do. */
  readonly required: boolean;
  readonly log: Logger;
}

/** Makes a follower of a kind of which nothing was read. */
export function createKindFollower({ name, sources, required, log }: FollowedKind): KindFollower {
  const states = Array.from({ length: sources }, (): KindState["state"] => "reading");
  const unread = new Set(states.keys());
  const synced = Promise.withResolvers<void>();
  if (unread.size === 0) synced.resolve();
  return {
    synced: synced.promise,
    states: () => states,
    tell(source, state) {
      const before = states[source];
      states[source] = state.state;
      if (state.state === "following" || (state.state === "absent" && !required)) unread.delete(source);
      if (unread.size === 0) synced.resolve();
      if (before === state.state) return;
      if (state.state === "failing") {
        const reason = state.error instanceof Error ? state.error.message : String(state.error);
        log.warn("cannot follow objects; what is known of them stays in force", { kind: name, reason });
      } else if (state.state === "absent") {
        if (required) log.warn("waiting for a CRD that is not installed", { kind: name });
        else log.info("the kind is not installed; it is taken up when it is", { kind: name });
      } else if (before === "failing" || before === "absent") {
        log.info("following objects again", { kind: name });
      }
    },
  };
}
