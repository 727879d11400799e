/** Volumes of a pod: a name and one of many sources. Source: Kubernetes, core/v1 Volume. */
import { object, optional, string } from "../../schema/vocabulary.ts";
import { quantity } from "../quantity.ts";
import { claimVolumes } from "./claim-volume.ts";
import { diskVolumes } from "./disk-volume.ts";
import { fileVolumes } from "./file-volume.ts";
import { sharedVolumes } from "./shared-volume.ts";

/** A volume. */
export const volume = object("A volume.", {
  ...claimVolumes,
  ...diskVolumes,
  ...fileVolumes,
  ...sharedVolumes,
  emptyDir: optional(
    object("An empty directory, for the life of the pod.", {
      medium: optional(string("`Memory`, or the node's disk where it is left out.")),
      sizeLimit: optional(quantity("Largest size.")),
    }),
  ),
  gitRepo: optional(
    object("A Git repository (deprecated).", {
      directory: optional(string("Directory that it is put in.")),
      repository: string("URL of the repository."),
      revision: optional(string("Commit.")),
    }),
  ),
  hostPath: optional(
    object("A file or directory of the node.", {
      path: string("Its path."),
      type: optional(string("What it must be, for instance Directory.")),
    }),
  ),
  image: optional(
    object("The content of an image.", {
      pullPolicy: optional(string("When the image is pulled: `Always`, `Never` or `IfNotPresent`.")),
      reference: optional(string("The image.")),
    }),
  ),
  name: string("Its name."),
});
