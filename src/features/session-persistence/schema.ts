/** Fields of `rules[].sessionPersistence`. Source: gateway-api v1.6, shared_types.go (SessionPersistence), GEP-1619. */
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, object, optional, string } from "../../api/schema/vocabulary.ts";

/** How requests of one session reach the same endpoint. */
export const sessionPersistence = object(
  "Sends the requests of one session to the same endpoint.",
  {
    absoluteTimeout: optional(
      duration(
        "How long a session lasts at most, for permanent cookies; sessions by other cookies and by headers end with their endpoint.",
      ),
    ),
    cookieConfig: optional(
      object("Settings of the session's cookie.", {
        lifetimeType: choice(
          "`Session`: the browser drops the cookie when it closes. `Permanent`: it keeps it for `absoluteTimeout`.",
          ["Permanent", "Session"],
          { default: "Session" },
        ),
      }),
    ),
    sessionName: optional(string("Name of the cookie or header; made up where left out.", { maxLength: 128 })),
    type: choice("Where the session is kept.", ["Cookie", "Header"], { default: "Cookie" }),
  },
  {
    rules: [
      {
        message: "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
        rule: "!has(self.cookieConfig) || !has(self.cookieConfig.lifetimeType) || self.cookieConfig.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
      },
      { message: "cookieConfig can only be set with type Cookie", rule: "!has(self.cookieConfig) || self.type == 'Cookie'" },
    ],
  },
);

/** How requests of one session reach the same endpoint. */
export type SessionPersistence = ValueOf<typeof sessionPersistence>;
