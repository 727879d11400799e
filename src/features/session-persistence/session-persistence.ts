import { hash } from "node:crypto";
import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import { durationMs } from "../../api/gateway/duration.ts";
import type { FilterOutcome, RuleField } from "../../gatewayapi/route-filter.ts";
import { matchOf } from "../../ir/http-match.ts";
import { slot } from "../../ir/slot.ts";
import type { HttpRoute, RouteRule } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import { typed } from "../typed-config.ts";
import { cookiePath } from "./cookie-path.ts";

/** The part of a rule that keeps the requests of a session at one endpoint. */
export interface SessionPersistence {
  readonly carrier: "Cookie" | "Header";
  /** Name of the cookie or header; made up where left out. */
  readonly name?: string;
  /** How long a browser keeps the cookie, in milliseconds; until it closes where left out. */
  readonly lifetime?: number;
}

/** The part's place. */
export const sessionPersistenceSlot = slot<SessionPersistence>("session-persistence");

const sessionPersistenceField: RuleField = {
  field: "sessionPersistence",
  translate({ sessionPersistence }, parts): FilterOutcome {
    if (sessionPersistence === undefined) return { parts };
    const { sessionName, type, absoluteTimeout, cookieConfig } = sessionPersistence;
    if (sessionName !== undefined && !token.test(sessionName)) {
      return mistake(
        `sessionName ${JSON.stringify(sessionName)} cannot be the name of a ${type.toLowerCase()}; use letters, digits and -`,
      );
    }
    const permanent = cookieConfig?.lifetimeType === "Permanent";
    if (permanent && absoluteTimeout === undefined) return mistake("permanent cookies need an absoluteTimeout");
    const lifetime = permanent && absoluteTimeout !== undefined ? durationMs(absoluteTimeout) : 0;
    const name = sessionName === undefined ? {} : { name: sessionName };
    return { parts: sessionPersistenceSlot.set(parts, { carrier: type, ...name, ...(lifetime > 0 && { lifetime }) }) };
  },
};

/** What names of headers (RFC 9110, section 5.6.2) and cookies (RFC 6265, section 4.1.1) are made of. */
const token = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

function mistake(message: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message } };
}

const filterName = "envoy.filters.http.stateful_session";

/** Sends the requests of a session to one endpoint. `compatible`: sessions without a name are named as in Envoy Gateway v1.9. */
export function sessionPersistence(compatible: boolean): Feature {
  return {
    name: sessionPersistenceSlot.name,
    ruleFields: [sessionPersistenceField],
    // Without a session state of its own it does nothing.
    httpFilter: {
      name: filterName,
      typedConfig: typed("envoy.extensions.filters.http.stateful_session.v3.StatefulSession", {}),
    },
    route(draft, route) {
      const part = sessionPersistenceSlot.of(route.rule.parts);
      if (part === undefined || draft.route === undefined) return draft;
      const config = typed("envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute", {
        statefulSession: { sessionState: sessionState(part, route, compatible) },
      });
      return { ...draft, typedPerFilterConfig: { ...draft.typedPerFilterConfig, [filterName]: config } };
    },
  };
}

function sessionState(part: SessionPersistence, route: HttpRoute, compatible: boolean): TypedExtensionConfigJson {
  const name = part.name ?? madeUpName(route.rule, compatible);
  if (part.carrier === "Header") {
    return {
      name: "envoy.http.stateful_session.header",
      typedConfig: typed("envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState", { name }),
    };
  }
  const ttl = part.lifetime === undefined ? {} : { ttl: durationJson(part.lifetime) };
  return {
    name: "envoy.http.stateful_session.cookie",
    typedConfig: typed("envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState", {
      cookie: { name, path: cookiePath(matchOf(route).path), ...ttl },
    }),
  };
}

/** Rules must not share a cookie: each would send the session elsewhere. The name stays when other rules come and go. */
function madeUpName({ id, matches }: RouteRule, compatible: boolean): string {
  const rule = compatible ? `rule-${id.index}` : (id.ruleName ?? hash("sha256", JSON.stringify(matches), "hex").slice(0, 12));
  return `${id.kind}-${id.namespace}-${id.name}-${rule}`;
}
