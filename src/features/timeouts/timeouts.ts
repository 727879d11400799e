import { durationMs } from "../../api/gateway/duration.ts";
import type { RuleField } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";

/** The part of a rule that bounds how long requests may take, in milliseconds. 0: without end. */
export interface Timeouts {
  /**
   * For the request with all its tries. Without retries the time of its one try is the same to Envoy, and the tighter counts; with
   * them that time belongs to the retries.
   */
  readonly request: number;
}

/** The part's place. */
export const timeoutsSlot = slot<Timeouts>("timeouts");

const timeoutsField: RuleField = {
  field: "timeouts",
  translate({ timeouts, retry }, parts) {
    const ofTries = retry === undefined ? timeouts?.backendRequest : undefined;
    const bounds = [timeouts?.request, ofTries].flatMap((text) => (text === undefined ? [] : durationMs(text)));
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
    return {
      ...draft,
      route: { ...draft.route, timeout: durationJson(part.request), idleTimeout: durationJson(idleTimeout(part)) },
    };
  },
};

const hour = 3_600_000;

/** A stream must not be cut for being idle before its own time is over. Longer than Envoy's default of 5 minutes in any case. */
function idleTimeout({ request }: Timeouts): number {
  return request === 0 ? 0 : Math.max(hour, request);
}
