/** Containers that run before Envoy. Source: Kubernetes, core/v1 Container. */
import { boolean, integer, list, object, optional, string } from "../../schema/vocabulary.ts";
import { environmentVariable, resources, volumeMount } from "./container.ts";
import { wholeReference } from "./key-reference.ts";
import { lifecycle, probe } from "./probe.ts";
import { containerSecurity } from "./security-context.ts";

const int32 = { format: "int32" };
const words = (description: string) => list(description, string("A word."), { by: "atomic" });

const environmentSource = object("Variables from a ConfigMap or Secret.", {
  configMapRef: optional(wholeReference("The ConfigMap.")),
  prefix: optional(string("Put before the names.")),
  secretRef: optional(wholeReference("The Secret.")),
});

const containerPort = object("A port.", {
  containerPort: integer("Its number.", int32),
  hostIP: optional(string("Address of the node that it is bound to.")),
  hostPort: optional(integer("Port of the node.", int32)),
  name: optional(string("Its name.")),
  protocol: string("`UDP`, `TCP` or `SCTP`.", { default: "TCP" }),
});

const restartRule = object("What is done after some exit codes.", {
  action: string("`Restart`."),
  exitCodes: optional(
    object("The exit codes.", {
      operator: string("`In` or `NotIn`."),
      values: optional(list("The codes.", integer("A code.", int32), { by: "set" })),
    }),
  ),
});

/** A container that runs before the main one. */
export const initContainer = object("A container.", {
  args: optional(words("Arguments of the command.")),
  command: optional(words("The command; that of the image where it is left out.")),
  env: optional(list("Environment variables.", environmentVariable, { by: ["name"] })),
  envFrom: optional(list("Environment variables from elsewhere.", environmentSource, { by: "atomic" })),
  image: optional(string("Image.")),
  imagePullPolicy: optional(string("When the image is pulled: `Always`, `Never` or `IfNotPresent`.")),
  lifecycle: optional(lifecycle),
  livenessProbe: optional(probe("Whether it must be restarted.")),
  name: string("Its name."),
  ports: optional(list("Ports.", containerPort, { by: ["containerPort", "protocol"] })),
  readinessProbe: optional(probe("Whether it takes traffic.")),
  resizePolicy: optional(
    list(
      "What a change of resources leads to.",
      object("One resource.", {
        resourceName: string("`cpu` or `memory`."),
        restartPolicy: string("`NotRequired` or `RestartContainer`."),
      }),
      { by: "atomic" },
    ),
  ),
  resources: optional(resources),
  restartPolicy: optional(string("`Always` makes it run beside the main container (a sidecar).")),
  restartPolicyRules: optional(list("When it is restarted, by exit code.", restartRule, { by: "atomic" })),
  securityContext: optional(containerSecurity),
  startupProbe: optional(probe("Whether it has started.")),
  stdin: optional(boolean("It has a standard input.")),
  stdinOnce: optional(boolean("Its standard input ends with the first session.")),
  terminationMessagePath: optional(string("File with its last words.")),
  terminationMessagePolicy: optional(string("Where its last words come from: `File` or `FallbackToLogsOnError`.")),
  tty: optional(boolean("It has a terminal.")),
  volumeDevices: optional(
    list(
      "Volumes as block devices.",
      object("A device.", { devicePath: string("Path of the device."), name: string("The claim.") }),
      { by: ["devicePath"] },
    ),
  ),
  volumeMounts: optional(list("Volumes to mount.", volumeMount, { by: ["mountPath"] })),
  workingDir: optional(string("Its working directory.")),
});
