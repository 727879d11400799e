import { namespace as namespaceKind } from "../../api/core/namespace.ts";
import type { LabelSelector } from "../../api/gateway/selector.ts";
import { selects } from "../../gatewayapi/label-selector.ts";
import type { FollowedKind } from "./followed-kind.ts";
import { createKindSource, type KindSourceOptions } from "./kind-source.ts";
import type { NamespaceSelection } from "./kind-sources.ts";
import { readPatiently } from "./patient-read.ts";
import type { Change } from "./reflector.ts";

/** What follows the labels of namespaces. */
export interface SelectionOptions extends Pick<KindSourceOptions<never>, "client" | "served" | "streams" | "clock" | "random"> {
  readonly signal: AbortSignal;
  /** The kinds whose objects count or not. */
  readonly kinds: ReadonlyMap<string, FollowedKind>;
  /** Opens a batch. */
  readonly batch: (fn: () => void) => void;
}

/** Namespaces that are selected by their labels. */
export interface FollowedSelection {
  readonly selection: NamespaceSelection;
  /** Follows the namespaces until the signal is aborted; calls `known` when it is known which are selected. */
  begin(known: () => void): Promise<void>;
}

/**
 * Selects namespaces by their labels. When one begins to count, its objects of all kinds come in one batch, so that nothing is told to
 * be missing that is there; when it ceases to, they go in one.
 */
export function followSelection(selector: LabelSelector, options: SelectionOptions): FollowedSelection {
  const { kinds, signal, batch, clock } = options;
  const selected = new Set<string>();
  let known = () => {};
  /** One change after the other, so that the last one of a namespace has the last word. */
  let turn = Promise.resolve();
  let begun = false;

  const begins = async (namespace: string): Promise<void> => {
    const reads = Array.from(kinds.values(), (kind) => readPatiently(() => kind.begin(namespace, signal), options));
    const outcomes = await Promise.all(reads);
    batch(() => {
      for (const outcome of outcomes) if ("read" in outcome) outcome.read();
    });
  };
  const ceases = async (namespace: string): Promise<void> => {
    const writes = Array.from(kinds.values(), (kind) => kind.cease(namespace));
    batch(() => {
      for (const write of writes) write();
    });
  };
  const take = (changes: readonly Change<Labels>[]) => {
    for (const { key: name, value: labels } of changes) {
      const counts = labels !== undefined && selects(selector, labels);
      if (counts === selected.has(name)) continue;
      if (counts) selected.add(name);
      else selected.delete(name);
      if (!begun) continue;
      turn = turn
        .then(() => (selected.has(name) ? begins(name) : ceases(name)))
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
    }
  };
  const source = createKindSource<Labels>({
    ...options,
    kind: namespaceKind,
    namespace: undefined,
    take: ({ metadata }) => metadata.labels ?? {},
    apply: take,
    tell({ state }) {
      if (state !== "following" || begun) return;
      begun = true;
      known();
    },
    ...(clock && { clock }),
  });
  return {
    selection: { has: (namespace) => selected.has(namespace) },
    async begin(then) {
      known = then;
      await source.run(signal);
      await turn;
    },
  };
}

type Labels = Readonly<Record<string, string>>;
