/** Where the outcomes of active health checks are logged. */
import { choice, list, object, optional, string } from "../schema/vocabulary.ts";

const sink = object(
  "One log.",
  {
    file: optional(object("A file.", { path: string("Path of the file, for instance /dev/stdout.", { minLength: 1 }) })),
    type: choice("What kind of log.", ["File"]),
  },
  {
    rules: [
      {
        rule: "self.type == 'File' ? has(self.file) : !has(self.file)",
        message: "If ProxyHealthCheckLogSink type is File, file field needs to be set.",
      },
    ],
  },
);

/** The fields of a health check log. */
export const healthCheckLogFields = {
  matches: optional(
    list(
      "Which outcomes are logged; left out: all changes of health.",
      choice("An outcome.", ["Failure", "FailureSeriesStart", "Success", "HealthyTransition"]),
      {
        maxItems: 4,
        by: "set",
        rules: [
          {
            rule: "self.exists(e, e == 'Failure' || e == 'FailureSeriesStart') == self.exists(e, e == 'Success' || e == 'HealthyTransition')",
            message: "a failure type and a success type must both be specified together",
          },
        ],
      },
    ),
  ),
  sinks: optional(list("The logs.", sink, { maxItems: 1 })),
};
