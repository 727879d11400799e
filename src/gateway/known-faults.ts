import type { Source } from "../graph/index.ts";
import type { ScopeFaultListener } from "../xds/server/proxy-session.ts";
import { type Refusal, refusalKey } from "../xds/translator/refused-pieces.ts";

/** The most pieces that are remembered; the oldest are forgotten first, and found again when they are still there. */
const mostFaults = 10_000;

/**
 * Puts what proxies refuse into a source, under the digest of its content: so it is replaced for all proxies of the scope, also those
 * that come later, until its object is mended; and known at once when it comes back.
 */
export function rememberFaults(source: Source<Refusal>, write: (fn: () => void) => void): ScopeFaultListener {
  const known = new Set<string>();
  return (scope, faults) =>
    write(() => {
      for (const { version, ...refusal } of faults) {
        const key = refusalKey(scope, version);
        known.delete(key);
        known.add(key);
        // A proxy that comes later may never have had the piece in an older version.
        const { present } = source.get(key) ?? {};
        source.set(key, present === undefined ? refusal : { present, ...refusal });
      }
      for (const key of known) {
        if (known.size <= mostFaults) break;
        known.delete(key);
        source.delete(key);
      }
    });
}
