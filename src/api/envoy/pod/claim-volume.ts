/** Volumes by PersistentVolumeClaim. Source: Kubernetes, core/v1. */
import { labelSelector } from "../../gateway/selector.ts";
import { boolean, list, object, optional, string } from "../../schema/vocabulary.ts";
import { amountFields } from "./container.ts";

const origin = {
  apiGroup: optional(string("API group of the object.")),
  kind: string("Kind of the object."),
  name: string("Name of the object."),
};

const claim = object("The claim.", {
  accessModes: optional(list("How it is used.", string("A mode, for instance ReadWriteOnce."), { by: "atomic" })),
  dataSource: optional(object("What it is filled from.", origin, { atomic: true })),
  dataSourceRef: optional(
    object("What it is filled from; may be in another namespace.", {
      ...origin,
      namespace: optional(string("Namespace of the object.")),
    }),
  ),
  resources: optional(object("Its size.", amountFields)),
  selector: optional(labelSelector),
  storageClassName: optional(string("Storage class.")),
  volumeAttributesClassName: optional(string("Class of its attributes.")),
  volumeMode: optional(string("`Filesystem` (default) or `Block`.")),
  volumeName: optional(string("A certain volume.")),
});

/** Volumes by claim, by field. */
export const claimVolumes = {
  ephemeral: optional(
    object("A claim made for the pod.", {
      volumeClaimTemplate: optional(
        object("What the claim is made from.", {
          metadata: optional(object("Labels and annotations of the claim; the CRD knows no field of it.", {})),
          spec: claim,
        }),
      ),
    }),
  ),
  persistentVolumeClaim: optional(
    object("A claim that is there.", {
      claimName: string("Its name."),
      readOnly: optional(boolean("It cannot be written.")),
    }),
  ),
};
