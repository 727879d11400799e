/** Security settings of pods and containers. Source: Kubernetes, core/v1 PodSecurityContext and SecurityContext. */
import { boolean, integer, list, object, optional, string } from "../../schema/vocabulary.ts";

const int64 = { format: "int64" };

function profile(description: string) {
  return object(description, {
    localhostProfile: optional(string("The profile of the node, for the type `Localhost`.")),
    type: string("`Localhost`, `RuntimeDefault` or `Unconfined`."),
  });
}

const shared = {
  appArmorProfile: optional(profile("AppArmor profile.")),
  runAsGroup: optional(integer("Group of the process.", int64)),
  runAsNonRoot: optional(boolean("A process of root is refused.")),
  runAsUser: optional(integer("User of the process.", int64)),
  seLinuxOptions: optional(
    object("SELinux labels.", {
      level: optional(string("Level.")),
      role: optional(string("Role.")),
      type: optional(string("Type.")),
      user: optional(string("User.")),
    }),
  ),
  seccompProfile: optional(profile("Filter of system calls.")),
  windowsOptions: optional(
    object("Settings for Windows.", {
      gmsaCredentialSpec: optional(string("Credentials of a group managed service account.")),
      gmsaCredentialSpecName: optional(string("Name of such credentials.")),
      hostProcess: optional(boolean("It runs as a process of the host.")),
      runAsUserName: optional(string("User of the process.")),
    }),
  ),
};

/** Security settings of a pod. */
export const podSecurity = object("Security settings of the pod.", {
  ...shared,
  fsGroup: optional(integer("Group that owns the volumes.", int64)),
  fsGroupChangePolicy: optional(string("When the owner of volumes is changed.")),
  seLinuxChangePolicy: optional(string("How SELinux labels are applied.")),
  supplementalGroups: optional(list("Further groups of the process.", integer("A group.", int64), { by: "atomic" })),
  supplementalGroupsPolicy: optional(string("How further groups are worked out.")),
  sysctls: optional(
    list("Kernel settings.", object("A setting.", { name: string("Its name."), value: string("Its value.") }), { by: "atomic" }),
  ),
});

/** Security settings of a container. */
export const containerSecurity = object("Security settings of the container.", {
  ...shared,
  allowPrivilegeEscalation: optional(boolean("The process may gain privileges.")),
  capabilities: optional(
    object("Capabilities.", {
      add: optional(list("Added.", string("A capability."), { by: "atomic" })),
      drop: optional(list("Taken away.", string("A capability."), { by: "atomic" })),
    }),
  ),
  privileged: optional(boolean("The container is root on the node.")),
  procMount: optional(string("How /proc is mounted.")),
  readOnlyRootFilesystem: optional(boolean("The root file system cannot be written.")),
});
