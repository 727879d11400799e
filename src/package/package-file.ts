/** Files that belong to the program: from its own folder, or from the bundle that carries them in itself. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

declare global {
  /** Set by a bundle before anything else runs: path below the project's folder → content, compressed with Brotli, in Base64. */
  var packageFiles: Readonly<Record<string, string>> | undefined;
}

const root = join(import.meta.dirname, "../..");

/** The content of a file, by its path below the project's folder. Throws as `readFileSync` does when it is not there. */
export function packageFile(path: string): Buffer {
  const bundled = globalThis.packageFiles;
  if (bundled === undefined) return readFileSync(join(root, path));
  const content = bundled[path];
  if (content === undefined) throw new Error(`${path} is not in this bundle`);
  return brotliDecompressSync(Buffer.from(content, "base64"));
}

/** The files in a folder and all folders in it, by their paths below that folder, sorted. */
export function packageFolder(path: string): readonly string[] {
  const bundled = globalThis.packageFiles;
  if (bundled !== undefined) {
    const start = `${path}/`;
    return Object.keys(bundled).flatMap((file) => (file.startsWith(start) ? [file.slice(start.length)] : []));
  }
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  const folder = join(root, path, "/");
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length)] : [])).sort();
}
