import { type AdminView, createAdminServer } from "../admin/admin-server.ts";
import { createHealthServer } from "../admin/health.ts";
import { createMetricsServer } from "../admin/metrics-server.ts";
import type { Closers } from "./closers.ts";
import { closeServer, listen } from "./listen.ts";

/** Where the control plane's own interfaces listen. Port 0: any free one. */
export interface InterfaceAddresses {
  readonly admin: { readonly host: string; readonly port: number };
  readonly health: { readonly host: string; readonly port: number };
  /** Undefined: Prometheus is not served. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

/** The ports of the interfaces that are open. */
export interface InterfacePorts {
  readonly admin: number;
  readonly health: number;
  readonly metrics?: number;
}

/** Opens health, admin and metrics. Rejects, in words for the user, when a port cannot be had. */
export async function openInterfaces(
  addresses: InterfaceAddresses,
  view: AdminView,
  notReady: () => string | undefined,
  closers: Closers,
): Promise<InterfacePorts> {
  const health = createHealthServer(notReady);
  closers.add(() => closeServer(health));
  const admin = createAdminServer(view);
  closers.add(() => closeServer(admin));
  const metrics = createMetricsServer(view.metrics);
  closers.add(() => closeServer(metrics));
  return {
    health: await listen(health, {
      ...addresses.health,
      purpose: "health checks",
      remedy: "give another port with --health-port",
    }),
    admin: await listen(admin, {
      ...addresses.admin,
      purpose: "the admin API",
      remedy: "give another port with --admin-port (admin.address.port in the config file)",
    }),
    ...(addresses.metrics !== undefined && {
      metrics: await listen(metrics, {
        ...addresses.metrics,
        purpose: "metrics",
        remedy: "give another port with --metrics-port (or telemetry.metrics.prometheus.disable: true in the config file)",
      }),
    }),
  };
}
