/** The volumes of a fleet's pods and where Envoy sees them. */
import { sdsFileNames } from "../../../certificates/sds-files.ts";
import { controllerHost } from "./cluster-site.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { Json } from "./kubernetes-object.ts";

/** Where the certificate files are. */
export const certificatesPath = "/certs";

/** Where the files are that tell of them. */
export const sdsPath = "/sds";

const tokenFolder = "/var/run/secrets/token";
const tokenFile = "sa-token";

/** The file of the token with which a proxy beside its Gateway shows who it is. */
export const tokenPath = `${tokenFolder}/${tokenFile}`;

/** Files that everybody in the container may read: 0644. */
const defaultMode = 420;

/** How long a token holds; Kubernetes renews it when four fifths of it are over. */
const tokenSeconds = 3600;

/** The volume in which the shutdown manager leaves word where it cannot write to its own file system. */
export const shutdownVolume = "shutdown-manager-tmp";

/** The volumes that every pod has. One of the user's own with the same name takes the place of ours. */
export function podVolumes(plan: FleetPlan, own: readonly Json[]): readonly Json[] {
  const { besideGateway, names, site } = plan;
  const filesOf = (keys: readonly string[]) => ({
    configMap: { name: names.name, items: keys.map((key) => ({ key, path: key })), defaultMode, optional: false },
  });
  const second = besideGateway ? sdsFileNames.token : sdsFileNames.certificate;
  const token = { serviceAccountToken: { path: tokenFile, audience: controllerHost(site), expirationSeconds: tokenSeconds } };
  const ours = [
    ...(besideGateway ? [{ name: tokenFile, projected: { sources: [token], defaultMode } }] : []),
    { name: "certs", ...(besideGateway ? filesOf(["ca.crt"]) : { secret: { secretName: "envoy", defaultMode } }) },
    { name: "sds", ...filesOf([sdsFileNames.trustedCa, second]) },
  ];
  return replacingByName(ours, own);
}

/** The mounts that Envoy's container always has; one of the user's own of the same volume takes the place of ours. */
export function envoyMounts({ besideGateway }: FleetPlan, own: readonly Json[]): readonly Json[] {
  const ours = [
    { name: "certs", mountPath: certificatesPath, readOnly: true },
    { name: "sds", mountPath: sdsPath },
    ...(besideGateway ? [{ name: tokenFile, mountPath: tokenFolder, readOnly: true }] : []),
  ];
  return replacingByName(ours, own);
}

/** `ours`, each replaced by the first of `own` with its name, and then the rest of `own`. */
export function replacingByName(ours: readonly Json[], own: readonly Json[]): readonly Json[] {
  const replacements = new Map(ours.map(({ name }) => [name, own.find((each) => each.name === name)]));
  const used = new Set(replacements.values());
  return [...ours.map((each) => replacements.get(each.name) ?? each), ...own.filter((each) => !used.has(each))];
}
