import { watchCertificates } from "../certificates/certificate-watch.ts";
import type { TlsMaterial } from "../certificates/material.ts";
import { createTopologyInjector, usualWebhookPort } from "../infra/kubernetes/topology/topology-injector.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import type { Logger } from "../log/logger.ts";
import type { MetricRegistry } from "../telemetry/metric-registry.ts";
import type { Closers } from "./closers.ts";
import { closeServer, listen } from "./listen.ts";
import { countReviews } from "./write-metrics.ts";

/** What the webhook that tells proxies their zone is made from. */
export interface TopologyWebhookOptions {
  readonly client: ApiClient;
  /** The namespaces that proxies may be in; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** The folder of the control plane's certificate, and what is in it. */
  readonly folder: string;
  readonly certificates: TlsMaterial;
  readonly metrics: MetricRegistry;
  readonly log: Logger;
  readonly host: string;
  /** Default: 9443. */
  readonly port?: number;
}

/** Serves the webhook. Rejects in words for the user when its port cannot be had. */
export async function openTopologyWebhook(options: TopologyWebhookOptions, closers: Closers): Promise<void> {
  const { client, namespaces, folder, certificates, metrics, log, host, port = usualWebhookPort } = options;
  const injector = createTopologyInjector({ client, namespaces, certificates, log, answered: countReviews(metrics) });
  closers.add(() => closeServer(injector.server));
  await listen(injector.server, {
    host,
    port,
    purpose: "the webhook that tells proxies their zone",
    remedy: "set proxyTopologyInjector.disabled",
  });
  const watch = watchCertificates(folder, certificates, {
    onChange: (renewed) => injector.setCertificates(renewed),
    onProblem: () => {},
  });
  closers.add(() => watch.close());
}
