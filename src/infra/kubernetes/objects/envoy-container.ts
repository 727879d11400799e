import { amountOf, bytesOf } from "../../../api/envoy/quantity.ts";
import { sdsFileNames } from "../../../certificates/sds-files.ts";
import { containerBootstrap } from "../../../xds/bootstrap/container-bootstrap.ts";
import type { PrometheusEndpoint } from "../../../xds/bootstrap/prometheus-endpoint.ts";
import { logLevelArgs } from "../../log-levels.ts";
import { controllerHost } from "./cluster-site.ts";
import { httpGet, identityEnv, lastWords, podPorts, probe, startupProbe, usualSecurity } from "./container-parts.ts";
import type { FleetPlan, KubernetesSettings } from "./fleet-plan.ts";
import type { Json } from "./kubernetes-object.ts";
import { shutdownSettings } from "./shutdown-settings.ts";
import { envoyMounts, replacingByName, sdsPath } from "./volumes.ts";

/** What an EnvoyProxy says about Envoy's container. */
export type ContainerSettings = NonNullable<NonNullable<KubernetesSettings["envoyDeployment"]>["container"]>;

/** The port of the control plane's xDS server. */
const xdsPort = 18000;

/** Share of the container's memory that Envoy's heap may take. */
const heapShare = 0.8;

const usualRequests = { requests: { cpu: "100m", memory: "512Mi" } };

/** The container in which Envoy runs. */
export function envoyContainer(plan: FleetPlan, container: ContainerSettings): Json {
  const prometheus = prometheusEndpoint(plan);
  const ready = httpGet("/ready", podPorts.readiness);
  return {
    name: "envoy",
    image: envoyImage(plan, container),
    imagePullPolicy: "IfNotPresent",
    command: ["envoy"],
    args: envoyArgs(plan, container, prometheus),
    env: replacingByName(identityEnv(plan), container.env ?? []),
    resources: container.resources ?? usualRequests,
    securityContext: container.securityContext ?? usualSecurity,
    ports: [
      ...(prometheus === undefined ? [] : [{ name: "metrics", containerPort: podPorts.stats, protocol: "TCP" }]),
      { name: "readiness", containerPort: podPorts.readiness, protocol: "TCP" },
    ],
    volumeMounts: envoyMounts(plan, container.volumeMounts ?? []),
    startupProbe: startupProbe(plan, ready),
    readinessProbe: probe(ready, 5, 1),
    livenessProbe: probe(ready, 10, 3),
    lifecycle: { preStop: { httpGet: httpGet("/shutdown/ready", podPorts.shutdown) } },
    ...lastWords,
  };
}

/** The image; of a repository, the tag is that of the usual image. */
function envoyImage({ site }: FleetPlan, { image, imageRepository }: ContainerSettings): string {
  if (image !== undefined) return image;
  const usual = site.images.envoy;
  return imageRepository === undefined ? usual : `${imageRepository}${usual.slice(usual.lastIndexOf(":"))}`;
}

function envoyArgs(plan: FleetPlan, container: ContainerSettings, prometheus: PrometheusEndpoint | undefined): string[] {
  const { infra, settings } = plan;
  const { concurrency, extraArgs = [], logging, shutdown } = settings;
  const { level, components } = logLevelArgs(logging?.level ?? {});
  return [
    ["--service-cluster", infra.scope],
    ["--service-node", "$(ENVOY_POD_NAME)"],
    ["--config-yaml", bootstrapOf(plan, container, prometheus)],
    level,
    ["--cpuset-threads"],
    ["--drain-strategy", "immediate"],
    concurrency === undefined ? [] : ["--concurrency", String(concurrency)],
    components,
    ["--drain-time-s", String(shutdownSettings(shutdown).drainSeconds)],
    extraArgs,
  ].flat();
}

/** JSON, which is YAML too. */
function bootstrapOf(plan: FleetPlan, { resources }: ContainerSettings, prometheus: PrometheusEndpoint | undefined): string {
  const { infra, site, besideGateway } = plan;
  const limit = resources?.limits?.memory;
  return containerBootstrap(
    {
      cluster: infra.scope,
      // The dot at the end spares the search through the domains of the pod.
      xds: { address: `${controllerHost(site)}.`, port: xdsPort, isHostname: true },
      certificates: {
        trustedCa: `${sdsPath}/${sdsFileNames.trustedCa}`,
        ...(!besideGateway && { certificate: `${sdsPath}/${sdsFileNames.certificate}` }),
      },
      ...(besideGateway && { token: `${sdsPath}/${sdsFileNames.token}` }),
      zoneAware: site.zoneAware,
      ...(infra.ipFamily !== undefined && { ipFamily: infra.ipFamily }),
      systemTrustFile: site.systemTrustFile,
      metrics: infra.metrics,
      ...(prometheus !== undefined && { prometheus }),
      ...(limit !== undefined && { maxHeapBytes: Math.floor(amountOf(limit) * heapShare) }),
      compatible: site.compatible,
    },
    infra.proxy,
  );
}

/** How metrics can be asked for; undefined where the EnvoyProxy disables that. */
export function prometheusEndpoint({ settings }: FleetPlan): PrometheusEndpoint | undefined {
  const { disable, compression } = settings.telemetry?.metrics?.prometheus ?? {};
  if (disable === true) return undefined;
  if (compression === undefined) return {};
  const { type, minContentLength } = compression;
  return { compression: { type, ...(minContentLength !== undefined && { minContentLength: bytesOf(minContentLength) }) } };
}
