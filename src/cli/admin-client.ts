import type { Command } from "commander";

/** Where the admin API of the control plane is unless told otherwise. */
const usualAddress = "127.0.0.1:19000";

/** Adds the option that names the admin API. */
export function withAdminOption(command: Command): Command {
  return command.option("--admin <host:port>", "admin address of the control plane", usualAddress);
}

/** Asks the admin API of a control plane (`host:port`). Rejects with a sentence for the user when nobody, or somebody else, answers. */
export async function askAdmin(admin: string, path: string): Promise<unknown> {
  const body = await get(
    `http://${admin}${path}`,
    `no control plane answers at ${admin}: is envoy-gateway running, and is that its admin address (--admin)?`,
  );
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`what answers at ${admin} is not Envoy Gateway`);
  }
}

/** Asks the admin interface of a proxy. Rejects with a sentence for the user. */
export function askProxy({ name, adminAddress }: AdminPlace, path: string): Promise<string> {
  if (adminAddress === undefined) throw new Error(`Envoy ${name} does not run, or not on this machine`);
  return get(`http://${adminAddress}${path}`, `Envoy ${name} does not answer at ${adminAddress}`);
}

/** A proxy, and where its admin interface is. */
export interface AdminPlace {
  readonly name: string;
  readonly adminAddress?: string | undefined;
}

async function get(url: string, silence: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Error(silence, { cause: error });
  }
  const body = await response.text();
  // The first line says what is wrong; what follows lists what there is.
  if (!response.ok) throw new Error(body.split("\n")[0] || `${url} answers ${response.status}`);
  return body;
}
