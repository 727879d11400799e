/** Databases of places by IP address: `spec.geoIP` of EnvoyProxy. */
import { choice, object, optional, string } from "../schema/vocabulary.ts";

function database(description: string) {
  return object(description, {
    local: object("A file where the proxy runs.", { path: string("Path of the file.", { pattern: "^.*\\.mmdb$" }) }),
  });
}

const databases = {
  cityDbSource: optional(database("Cities.")),
  countryDbSource: optional(database("Countries.")),
  asnDbSource: optional(database("Autonomous systems.")),
  ispDbSource: optional(database("Internet providers.")),
  anonymousIpDbSource: optional(database("Proxies, VPNs and other anonymous addresses.")),
};

const maxMind = object("Databases in the format of MaxMind.", databases, {
  rules: [
    {
      rule: Object.keys(databases)
        .map((field) => `has(self.${field})`)
        .join(" || "),
      message: "at least one MaxMind database source must be specified",
    },
  ],
});

/** Where the proxy learns to which place an IP address belongs. */
export const geoIP = object("Where the proxy learns to which place an address belongs.", {
  provider: object(
    "Who knows it.",
    { maxMind: optional(maxMind), type: choice("What kind of provider.", ["MaxMind"]) },
    {
      rules: [{ rule: "self.type == 'MaxMind' ? has(self.maxMind) : true", message: "maxMind must be set when type is MaxMind" }],
    },
  ),
});
