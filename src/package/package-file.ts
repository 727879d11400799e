/** Files that belong to the program: from its own folder, or from the bundle that carries them in itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

declare global {
  /** Set by a bundle before anything else runs: path below the project's folder → content, compressed with Brotli, in Base64. */
  var packageFiles: Readonly<Record<string, string>> | undefined;
}

/** The content of a file, by its path below the project's folder. Throws as `readFileSync` does when it is not there. */
export function packageFile(path: string): Buffer {
  const bundled = globalThis.packageFiles;
  if (bundled === undefined) return readFileSync(join(import.meta.dirname, "../..", path));
  const content = bundled[path];
  if (content === undefined) throw new Error(`${path} is not in this bundle`);
  return brotliDecompressSync(Buffer.from(content, "base64"));
}
