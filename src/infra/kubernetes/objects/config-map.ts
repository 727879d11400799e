import { mountedSdsFileContents, sdsFileNames, tokenSdsFileContent } from "../../../certificates/sds-files.ts";
import { type FleetPlan, metadataOf } from "./fleet-plan.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { certificatesPath, tokenPath } from "./volumes.ts";

/** The key of the CA certificate. */
export const authorityKey = "ca.crt";

/** The files from which the proxies of a fleet learn where their certificates are; beside its Gateway also the CA certificate. */
export function configMap(plan: FleetPlan): KubernetesObject {
  const { certificate, trustedCa } = mountedSdsFileContents(certificatesPath);
  const { authority } = plan.site;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadataOf(plan),
    data: {
      [sdsFileNames.trustedCa]: trustedCa,
      [sdsFileNames.certificate]: certificate,
      ...(plan.besideGateway && { [sdsFileNames.token]: tokenSdsFileContent(tokenPath) }),
      ...(plan.besideGateway && authority !== undefined && { [authorityKey]: authority }),
    },
  };
}
