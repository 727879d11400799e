/** What the machine must bring, told before anything is built or started. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that the cluster is made with, and how to come by it. */
interface Tool {
  readonly program: string;
  readonly remedy: string;
  /** The Debian package that brings it, which is installed when it is missing. */
  readonly debianPackage?: string;
}

const tools: readonly Tool[] = [
  { program: "go", remedy: "install Go 1.26 or newer (https://go.dev/dl): the API server is built from source" },
  { program: "nft", remedy: "install nftables", debianPackage: "nftables" },
  { program: "ip", remedy: "install iproute2", debianPackage: "iproute2" },
  { program: "nsenter", remedy: "install util-linux" },
  { program: "unshare", remedy: "install util-linux" },
  { program: "setpriv", remedy: "install util-linux" },
];

/** Where Go lives when nobody put it on PATH. */
const usualFolders = ["/usr/local/go/bin", "/usr/sbin", "/sbin"];

/**
 * Makes sure that clusters can be run here; installs what Debian's packages bring. Throws with everything that is missing, each with its
 * remedy.
 */
export function requireMachine(): void {
  if (process.platform !== "linux") throw new Error("the cluster runs on Linux only: its pods live in network namespaces");
  if (process.getuid?.() !== 0) {
    throw new Error("the cluster needs root, for network namespaces, mounts and nftables: run it as root, or with sudo -E");
  }
  process.env.PATH = [process.env.PATH ?? "", ...usualFolders].join(delimiter);
  const packages = tools.flatMap(({ program, debianPackage }) =>
    debianPackage === undefined || findProgram(program) !== undefined ? [] : [debianPackage],
  );
  if (packages.length > 0) installPackages(packages);
  const missing = tools.filter(({ program }) => findProgram(program) === undefined);
  if (missing.length > 0) {
    throw new Error(
      `the cluster needs programs that are not here:\n${missing.map(({ program, remedy }) => `  ${program}: ${remedy}`).join("\n")}`,
    );
  }
}

/** The path of a program on PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Where there is no apt-get, or it fails, the missing programs are told instead. */
function installPackages(packages: readonly string[]): void {
  if (findProgram("apt-get") === undefined) return;
  process.stderr.write(`installing ${packages.join(", ")} ... `);
  const install = () =>
    spawnSync("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...packages], { encoding: "utf8" });
  let result = install();
  if (result.status !== 0) {
    // The lists of packages may be missing or too old.
    spawnSync("apt-get", ["update", "--quiet"]);
    result = install();
  }
  process.stderr.write(result.status === 0 ? "done\n" : `failed\n${result.stderr}`);
}
