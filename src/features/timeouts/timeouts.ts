import type { RuleField } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

/** The part of a rule that bounds how long requests may take, in milliseconds. 0: without end. */
export interface Timeouts {
  /** For the request with all its tries, and for each try; without retries they are the same to Envoy, and the tighter counts. */
  readonly request: number;
}

/** The part's place. */
export const timeoutsSlot = slot<Timeouts>("timeouts");

const timeoutsField: RuleField = {
  field: "timeouts",
  translate({ timeouts }, parts) {
    const bounds = [timeouts?.request, timeouts?.backendRequest].flatMap((text) =>
      text === undefined ? [] : milliseconds(text),
    );
    const finite = bounds.filter((bound) => bound > 0);
    if (bounds.length === 0) return { parts };
    return { parts: timeoutsSlot.set(parts, { request: finite.length === 0 ? 0 : Math.min(...finite) }) };
  },
};

/** Bounds how long requests may take. */
export const timeouts: Feature = {
  name: timeoutsSlot.name,
  ruleFields: [timeoutsField],
  route(draft, { rule }) {
    const part = timeoutsSlot.of(rule.parts);
    if (part === undefined || draft.route === undefined) return draft;
    return { ...draft, route: { ...draft.route, timeout: seconds(part.request), idleTimeout: seconds(idleTimeout(part)) } };
  },
};

const hour = 3_600_000;

/** A stream must not be cut for being idle before its own time is over. Longer than Envoy's default of 5 minutes in any case. */
function idleTimeout({ request }: Timeouts): number {
  return request === 0 ? 0 : Math.max(hour, request);
}

const units = { h: hour, m: 60_000, s: 1000, ms: 1 } as const;

/** A duration as GEP-2257 writes it: `1h30m`, `500ms`. */
function milliseconds(text: string): number {
  const terms = text.matchAll(/(\d+)(h|ms|m|s)/g);
  return [...terms].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}

/** A duration as protobuf JSON writes it: `1.5s`. */
function seconds(duration: number): string {
  return `${duration / 1000}s`;
}
