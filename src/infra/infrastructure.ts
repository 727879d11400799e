import type { InfraReport, ProxyInfra } from "../ir/infra.ts";
import type { ScopeKey } from "../ir/reference.ts";

/**
 * Runs the proxies. Processes on this machine, Deployments on Kubernetes and remote infrastructure stand behind this interface.
 * It is level-triggered: it is told what shall be, never what changed, and it tells what is through a `ReportInfra`.
 */
export interface Infrastructure {
  /** Resolves when, of the fleets that are wanted, those that were there before were reported; left out: at once. */
  readonly known?: Promise<void>;
  /**
   * Makes `wanted` the fleets that run: starts what is missing, adapts what differs, drains and removes the rest.
   * Returns at once; the outcome is reported. A failure concerns its own fleet only and is a report, not an error.
   */
  reconcile(wanted: Iterable<ProxyInfra>): void;
  /** Drains and stops every fleet. Aborting `hurry` ends the draining at once. Resolves when nothing of ours runs any more. */
  stop(hurry?: AbortSignal): Promise<void>;
  /** Stops looking after the fleets and leaves them running, for a later infrastructure to take over. */
  detach(): Promise<void>;
}

/** Takes what is known of a fleet; undefined when the fleet is gone. */
export type ReportInfra = (scope: ScopeKey, report: InfraReport | undefined) => void;
