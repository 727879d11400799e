/** A Deployment or DaemonSet of proxies, and what may be set of it. */
import { anything, integer, intOrString, list, object, optional, string } from "../schema/vocabulary.ts";
import { containerFields } from "./pod/container.ts";
import { initContainer } from "./pod/init-container.ts";
import { pod } from "./pod/pod.ts";

const patch = object("A patch of the generated object.", {
  type: optional(string("`StrategicMerge` (default) or `JSONMerge`.")),
  value: anything("The patch."),
});

/** What may be set of every generated object. */
export const generatedObjectFields = {
  name: optional(string("Name of the object; made from the Gateway's where it is left out.")),
  patch: optional(patch),
};

const container = object(
  "The container that runs Envoy.",
  {
    ...containerFields,
    image: optional(
      string("Image with its tag or digest.", {
        rules: [
          {
            rule: "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?(/[a-zA-Z0-9._/-]+)?(:[a-zA-Z0-9._-]+)?(@sha256:[a-z0-9]+)?$')",
            message: "Image must include a tag and allowed characters only (e.g., 'repo:tag').",
          },
        ],
      }),
    ),
    imageRepository: optional(
      string("Image without a tag; the tag is that of the default image.", {
        rules: [
          {
            rule: "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?[a-zA-Z0-9._/-]+$')",
            message: "ImageRepository must contain only allowed characters and must not include a tag.",
          },
        ],
      }),
    ),
  },
  {
    rules: [{ rule: "!has(self.image) || !has(self.imageRepository)", message: "Either image or imageRepository can be set." }],
  },
);

/** How pods are replaced by new ones (apps/v1). */
const rollout = object("How pods are replaced.", {
  rollingUpdate: optional(
    object("How many at a time.", {
      maxSurge: optional(intOrString("Most that may run beyond the wanted number, as a number or in percent.")),
      maxUnavailable: optional(intOrString("Most that may be missing, as a number or in percent.")),
    }),
  ),
  type: optional(string("`RollingUpdate` (default), `Recreate` (Deployment) or `OnDelete` (DaemonSet).")),
});

const fields = {
  ...generatedObjectFields,
  container: optional(container),
  pod: optional(pod),
  strategy: optional(rollout),
};

/** A DaemonSet with what may be set of it. */
export const daemonSet = object("The proxies run as a DaemonSet.", fields);

/** A Deployment with what may be set of it. */
export const deployment = object("A Deployment and its pods.", {
  ...fields,
  initContainers: optional(list("Containers that run before Envoy.", initContainer)),
  replicas: optional(integer("How many; 1 where it is left out.", { format: "int32" })),
});
