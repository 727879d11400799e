/** The service for global rate limits: `rateLimit` of the EnvoyGateway file. */
import { duration } from "../gateway/names.ts";
import { secretReference } from "../gateway/references.ts";
import { boolean, choice, integer, object, optional, string } from "../schema/vocabulary.ts";

const urlRef = object("A key of a Secret that holds the URL.", {
  secretKeyRef: object(
    "The key.",
    {
      key: string("Name of the key."),
      name: string("Name of the Secret.", { default: "" }),
      optional: optional(boolean("It may be missing.")),
    },
    { rules: [{ rule: "!has(self.optional) || !self.optional", message: "optional cannot be true: the URL is needed" }] },
  ),
});

const redis = object(
  "The Redis that counts.",
  {
    tls: optional(
      object("TLS.", { certificateRef: optional(secretReference("Secret with the certificate and key of the client.")) }),
    ),
    url: optional(string("Its address; several are separated by commas.")),
    urlRef: optional(urlRef),
  },
  { rules: [{ rule: "has(self.url) != has(self.urlRef)", message: "exactly one of url and urlRef must be set" }] },
);

/** Global rate limits. */
export const rateLimit = object("Global rate limits. Left out: there are none.", {
  backend: object(
    "What counts.",
    { redis: optional(redis), type: choice("What kind.", ["Redis"]) },
    { rules: [{ rule: "self.type != 'Redis' || has(self.redis)", message: "redis must be set if type is Redis" }] },
  ),
  failClosed: boolean("Requests are refused while the service cannot be asked.", { default: false }),
  telemetry: optional(
    object("What the service tells about itself.", {
      metrics: optional(
        object("Metrics.", {
          prometheus: optional(
            object("The endpoint for Prometheus.", { disable: boolean("There is none.", { default: false }) }),
          ),
        }),
      ),
      tracing: optional(
        object("Traces.", {
          provider: optional(
            object("Who takes them.", { type: optional(choice("What kind.", ["OpenTelemetry"])), url: string("Where it is.") }),
          ),
          samplingRate: optional(
            integer("Share of the requests, in percent; 100 where it is left out.", { minimum: 0, maximum: 100 }),
          ),
        }),
      ),
    }),
  ),
  timeout: optional(duration("The proxy waits so long for an answer; 20ms where it is left out.")),
});
