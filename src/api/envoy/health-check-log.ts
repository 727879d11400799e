/** Where the outcomes of active health checks are logged. */
import { choice, list, object, optional, string } from "../schema/vocabulary.ts";

const sink = object(
  "One log.",
  {
    file: optional(object("A file.", { path: string("Path of the file, for instance /dev/stdout.", { minLength: 1 }) })),
    type: choice("What kind of log.", ["File"]),
  },
  { rules: [{ rule: "self.type == 'File' ? has(self.file) : !has(self.file)", message: "file must be set if type is File" }] },
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
            rule: "size(self) == 0 || self.exists(m, m in ['Failure', 'FailureSeriesStart']) && self.exists(m, m in ['Success', 'HealthyTransition'])",
            message:
              "matches needs both a kind of failure (Failure, FailureSeriesStart) and a kind of success (Success, HealthyTransition)",
          },
        ],
      },
    ),
  ),
  sinks: optional(list("The logs.", sink, { maxItems: 1 })),
};
