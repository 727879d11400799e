/** What the proxy does with headers by itself. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HeaderSettings). */
import type { ClientTrafficSpec } from "../../api/envoy/client-traffic-policy.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

const part = slot<NonNullable<ClientTrafficSpec["headers"]>>("client-headers");

const underscores = { Allow: "ALLOW", RejectRequest: "REJECT_REQUEST", DropHeader: "DROP_HEADER" } as const;

/**
 * Envoy's own headers, names with underscores, and dots at the end of hosts. `disableRateLimitHeaders` holds as long as there are no
 * rate limits to tell about.
 */
export const clientHeaders: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate: ({ headers }, parts) => ({ parts: headers === undefined ? parts : part.set(parts, headers) }),
  },
  connectionManager(draft, _fleet, own) {
    const { withUnderscoresAction: action, host } = part.of(own) ?? {};
    const { commonHttpProtocolOptions: common } = draft;
    return {
      ...draft,
      ...(action !== undefined && {
        commonHttpProtocolOptions: { ...common, headersWithUnderscoresAction: underscores[action] },
      }),
      ...(host?.stripTrailingHostDot && { stripTrailingHostDot: true }),
    };
  },
  router(draft, _fleet, own) {
    if (part.of(own)?.enableEnvoyHeaders !== true) return draft;
    const { suppressEnvoyHeaders: _suppressed, ...rest } = draft;
    return rest;
  },
};
