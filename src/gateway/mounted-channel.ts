import { networkInterfaces } from "node:os";
import { readCertificateFiles } from "../certificates/certificate-files.ts";
import { problemOf, type TlsMaterial } from "../certificates/material.ts";
import type { TokenCheck } from "../xds/server/authorizer.ts";
import type { Closers } from "./closers.ts";
import type { ChannelOptions, XdsChannel } from "./surroundings.ts";
import { listenForXds, openXdsServer, usualXdsPort } from "./xds-channel.ts";

/** Where the certificates of a channel are that others see to, and who may use it. */
export interface MountedChannelOptions extends ChannelOptions {
  /** The folder that a Secret is mounted at. */
  readonly folder: string;
  /** Default: only proxies with a certificate of the CA may use it. */
  readonly tokens?: TokenCheck;
}

/** Serves xDS on all addresses, with certificates that are mounted and replaced from outside. Rejects in words for the user. */
export async function openMountedChannel(options: MountedChannelOptions, closers: Closers): Promise<XdsChannel> {
  const { folder, tokens } = options;
  const certificates = await readMounted(folder);
  const log = options.logs.for("xds-server");
  const serving = { ...options.server, folder, certificates, log, ...(tokens && { tokens }) };
  const server = openXdsServer(serving, closers);
  const host = anyAddress();
  return { server, address: { address: host, port: await listenForXds(server, { host, port: options.port ?? usualXdsPort }) } };
}

/** The address that stands for all addresses of the machine, of both families where it has both. */
export function anyAddress(): string {
  const families = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ family }) => family) ?? []);
  return families.includes("IPv6") ? "::" : "0.0.0.0";
}

/** Reads the certificate that is mounted at a folder. Rejects in words for the user. */
export async function readMounted(folder: string): Promise<TlsMaterial> {
  const found = await readCertificateFiles(folder);
  if (found === undefined) {
    throw new Error(
      `${folder} lacks tls.crt, tls.key or ca.crt: mount the Secret envoy-gateway there, which envoy-gateway certgen makes`,
    );
  }
  const problem = problemOf(found);
  if (problem !== undefined) throw new Error(`the certificates in ${folder} cannot be used: ${problem}`);
  return found;
}
