/** Objects from files and proxies on a machine, without Kubernetes: `provider.custom` of the EnvoyGateway file. */
import { choice, list, object, optional, string } from "../schema/vocabulary.ts";
import { extensionService } from "./extension-service.ts";
import { kubernetesClientFields } from "./kubernetes-provider.ts";

const resource = object(
  "Where objects come from.",
  {
    file: optional(
      object("From files.", {
        paths: list(
          "Files, and folders that are searched with all their folders.",
          string("A path; a relative one starts at the working directory.", { minLength: 1 }),
          {
            minItems: 1,
          },
        ),
      }),
    ),
    kubernetes: optional(object("From a Kubernetes API server.", kubernetesClientFields)),
    type: choice("Which of them.", ["File", "Kubernetes"]),
  },
  {
    rules: [
      { rule: "self.type != 'File' || has(self.file)", message: "file must be set if type is File" },
      { rule: "self.type == 'File' || !has(self.file)", message: "file can be set only if type is File" },
    ],
  },
);

const infrastructure = object(
  "What runs the proxies. Left out: nothing, they are run by others.",
  {
    host: optional(
      object("Processes on this machine.", {
        configHome: optional(string("Folder of configuration and certificates; ~/.config/envoy-gateway where it is left out.")),
        dataHome: optional(
          string("Folder of downloads, in which an Envoy is looked for, too; ~/.local/share/envoy-gateway where it is left out."),
        ),
        runtimeDir: optional(
          string(
            "Folder of what means nothing after a restart; envoy-gateway-<uid> in the temporary folder where it is left out.",
          ),
        ),
        stateHome: optional(string("Folder of logs; ~/.local/state/envoy-gateway where it is left out.")),
      }),
    ),
    remote: optional(object("A service that runs them.", { service: extensionService })),
    type: choice("Which of them.", ["Host", "Remote"]),
  },
  {
    rules: [
      { rule: "self.type != 'Host' || has(self.host)", message: "host must be set if type is Host, at least as {}" },
      { rule: "self.type != 'Remote' || has(self.remote)", message: "remote must be set if type is Remote" },
    ],
  },
);

/** The provider `Custom`. */
export const customProvider = object("Objects and proxies without Kubernetes.", {
  infrastructure: optional(infrastructure),
  resource,
});
