/** Certificates in a folder, in the layout of a mounted Kubernetes Secret: `tls.crt`, `tls.key`, `ca.crt`. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TlsMaterial } from "./material.ts";

/** The paths of the three files in a folder. */
export function certificatePaths(directory: string): { readonly certificate: string; readonly key: string; readonly ca: string } {
  return { certificate: join(directory, "tls.crt"), key: join(directory, "tls.key"), ca: join(directory, "ca.crt") };
}

/** Reads the three files; undefined when one is missing. Other failures (permissions) reject. */
export async function readCertificateFiles(directory: string): Promise<TlsMaterial | undefined> {
  const paths = certificatePaths(directory);
  const [certificate, key, ca] = await Promise.all([
    readIfThere(paths.certificate),
    readIfThere(paths.key),
    readIfThere(paths.ca),
  ]);
  return certificate === undefined || key === undefined || ca === undefined ? undefined : { certificate, key, ca };
}

/** Writes the three files, each replaced as a whole. The CA comes first: who reads in between trusts old and new. */
export async function writeCertificateFiles(directory: string, { certificate, key, ca }: TlsMaterial): Promise<void> {
  const paths = certificatePaths(directory);
  await writeWhole(paths.ca, ca, 0o644);
  await writeWhole(paths.key, key, 0o600);
  await writeWhole(paths.certificate, certificate, 0o644);
}

/** Replaces a file in one step, so that no reader sees a part and watchers of the folder (Envoy's too) notice. Makes the folder. */
export async function writeWhole(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}.partial`;
  await rm(partial, { force: true });
  await writeFile(partial, content, { mode, flag: "wx" });
  await rename(partial, path);
}

/** The file's text; undefined when it does not exist. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
