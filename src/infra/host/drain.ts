import { setTimeout as sleep } from "node:timers/promises";
import { activeWork, type EnvoyAdmin } from "./envoy-admin.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/**
 * Lets a proxy finish what it has begun: its health checks fail from now on, so that who balances over it looks elsewhere, and after
 * `failingMs` it asks clients to go elsewhere (`Connection: close`,
 * GOAWAY) while it still answers. Resolves when nothing is under way, after `drainTimeoutMs` at the latest, or at once when `hurry`
 * is aborted. See "Draining" in Envoy's documentation.
 */
export async function drainEnvoy(
  admin: EnvoyAdmin,
  settings: Pick<ProxySettings, "failingMs" | "drainTimeoutMs" | "minDrainMs">,
  hurry: AbortSignal,
  pollMs = 100,
): Promise<void> {
  if (hurry.aborted || (await admin.post("/healthcheck/fail")) === undefined) return;
  if (settings.failingMs > 0) await sleep(settings.failingMs, undefined, { signal: hurry }).catch(() => {});
  await admin.post("/drain_listeners?graceful");
  const began = performance.now();
  while (!hurry.aborted) {
    const passed = performance.now() - began;
    if (passed >= settings.drainTimeoutMs) return;
    const active = await activeWork(admin);
    if (active === undefined || (active === 0 && passed >= settings.minDrainMs)) return;
    await sleep(pollMs, undefined, { signal: hurry }).catch(() => {});
  }
}
