import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { successful } from "./admin-answer.ts";
import { type AdminChoice, isInCluster, usualAddress } from "./admin-choice.ts";

/** Asks the admin API of a control plane. Rejects with a sentence for the user when nobody, or somebody else, answers. */
export async function askAdmin(choice: AdminChoice, path: string): Promise<unknown> {
  const { place, body } = isInCluster(choice) ? await askInCluster(choice, path) : await askHere(choice, path);
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`what answers at ${place} is not Envoy Gateway`);
  }
}

/** Asks the admin interface of a proxy on this machine. Rejects with a sentence for the user. */
export function askEnvoyHere(name: string, adminAddress: string | undefined, path: string): Promise<string> {
  if (adminAddress === undefined) throw new Error(`Envoy ${name} does not run, or not on this machine`);
  return get(`http://${adminAddress}${path}`, `Envoy ${name} does not answer at ${adminAddress}`);
}

/** Opens a connection to the admin API of a control plane. Rejects in words for the user. */
export async function connectToAdmin(choice: AdminChoice): Promise<Duplex> {
  if (!isInCluster(choice)) return connectHere("the control plane", choice.admin ?? usualAddress);
  const { controlPlanePod, openPodAdmin } = await import("./cluster-pods.ts");
  return openPodAdmin(choice, await controlPlanePod(choice));
}

/** Opens a connection to an admin interface on this machine, `host:port`. Rejects with a sentence for the user. */
export async function connectHere(name: string, address: string | undefined): Promise<Duplex> {
  const place = URL.parse(`http://${address}`);
  if (address === undefined || place === null) throw new Error(`${name} does not run, or not on this machine`);
  const socket = connect(Number(place.port), place.hostname.replace(/^\[|\]$/g, ""));
  await once(socket, "connect").catch((cause) => {
    throw new Error(`${name} does not answer at ${address}`, { cause });
  });
  return socket;
}

async function askInCluster(choice: AdminChoice, path: string): Promise<{ readonly place: string; readonly body: string }> {
  const { askControlPlane } = await import("./cluster-pods.ts");
  return askControlPlane(choice, path);
}

async function askHere({ admin = usualAddress, pod }: AdminChoice, path: string) {
  if (pod !== undefined)
    throw new Error("a control plane of this machine has no pods: name no pod, or ask in a cluster with --kubernetes");
  const silence = `no control plane answers at ${admin}: is envoy-gateway running, and is that its admin address (--admin)? One in a cluster is asked with --kubernetes`;
  return { place: admin, body: await get(`http://${admin}${path}`, silence) };
}

async function get(url: string, silence: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Error(silence, { cause: error });
  }
  return successful(response.status, await response.text(), url);
}
