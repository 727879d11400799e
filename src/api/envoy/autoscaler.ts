/** Autoscaling of a Deployment. Source: Kubernetes, autoscaling/v2 HorizontalPodAutoscaler. */
import { labelSelector } from "../gateway/selector.ts";
import type { ValidationRule } from "../schema/schema.ts";
import { integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { quantity } from "./quantity.ts";
import { generatedObjectFields } from "./workload.ts";

const int32 = { format: "int32" };

const target = object("The value to reach.", {
  averageUtilization: optional(integer("Share of what pods request, in percent, on average.", int32)),
  averageValue: optional(quantity("Amount per pod.")),
  type: string("`Utilization`, `Value` or `AverageValue`."),
  value: optional(quantity("Amount.")),
});

const identity = object("Which metric.", { name: string("Its name."), selector: optional(labelSelector) });

const metric = object("A metric: the field that is named like its type.", {
  containerResource: optional(
    object("What one container of each pod uses.", {
      container: string("The container."),
      name: string("What is measured: `cpu` or `memory`."),
      target,
    }),
  ),
  external: optional(object("A metric from outside the cluster.", { metric: identity, target })),
  object: optional(
    object("A metric of another object.", {
      describedObject: object("The object.", {
        apiVersion: optional(string("Its API version.")),
        kind: string("Its kind."),
        name: string("Its name."),
      }),
      metric: identity,
      target,
    }),
  ),
  pods: optional(object("A metric of each pod.", { metric: identity, target })),
  resource: optional(object("What each pod uses.", { name: string("What is measured: `cpu` or `memory`."), target })),
  type: string("`Resource`, `ContainerResource`, `Pods`, `Object` or `External`."),
});

function scaling(description: string) {
  return object(description, {
    policies: optional(
      list(
        "Bounds of one step.",
        object("A bound.", {
          periodSeconds: integer("Time that it holds for.", int32),
          type: string("What is counted: `Pods` or `Percent`."),
          value: integer("How many.", int32),
        }),
        { by: "atomic" },
      ),
    ),
    selectPolicy: optional(string("Which bound counts: `Max` (default), `Min`, or `Disabled`.")),
    stabilizationWindowSeconds: optional(integer("Time that is looked back at.", int32)),
    tolerance: optional(quantity("Difference that leads to no change.")),
  });
}

const positive = (field: string): readonly ValidationRule[] => [{ rule: "self > 0", message: `${field} must be greater than 0` }];

/** Autoscaling of a Deployment. */
export const autoscaler = object(
  "Autoscaling of the Deployment.",
  {
    ...generatedObjectFields,
    behavior: optional(
      object("How fast it scales.", {
        scaleDown: optional(scaling("To fewer pods.")),
        scaleUp: optional(scaling("To more pods.")),
      }),
    ),
    maxReplicas: integer("Most pods.", { ...int32, rules: positive("maxReplicas") }),
    metrics: optional(list("What it scales by; 80 % of the requested CPU where it is left out.", metric)),
    minReplicas: optional(integer("Fewest pods.", { ...int32, rules: positive("minReplicas") })),
  },
  {
    rules: [
      {
        rule: "!has(self.minReplicas) || self.maxReplicas >= self.minReplicas",
        message: "maxReplicas cannot be less than minReplicas",
      },
    ],
  },
);
