/** What the kinds of the Gateway API have in common: group, versions, and the release that their CRDs say they are of. */
import { gatewayGroup } from "./names.ts";

/** The release of the Gateway API that the schemas follow. */
export const bundleVersion = "v1.6.1";

/** The annotation of definitions that says which channel they are of. */
export const channelAnnotation = "gateway.networking.k8s.io/channel";

/** Common definition of the kinds that are served as v1 and, for old clients, as v1beta1. */
export const gatewayApiKind = {
  group: gatewayGroup,
  versions: [{ name: "v1", storage: true }, { name: "v1beta1" }],
  categories: ["gateway-api"],
  annotations: {
    "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/4530",
    "gateway.networking.k8s.io/bundle-version": bundleVersion,
    [channelAnnotation]: "experimental",
  },
} as const;
