/** The files that a container sees. */
import { dirname } from "node:path";
import type { Mount } from "./images.ts";

/** What a container is started with. */
export interface ContainerFiles {
  /** An empty folder of the machine. */
  readonly root: string;
  readonly mounts: readonly (Mount & { readonly file: boolean })[];
  readonly hostname: string;
  readonly hosts: string;
  readonly resolver: string;
  readonly readOnly: boolean;
}

/** What starts in the container. */
export interface ContainerProcess {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/** The machine's programs and libraries are those of every container. */
const shared = ["bin", "sbin", "lib", "lib64", "share"];
const folders = ["usr/local/bin", "etc", "tmp", "proc", "dev", "sys", "var/run", "var/tmp", "run", "root"];

/** The shell script, to be run in namespaces of its own, that makes the files and becomes the container's process. */
export function containerScript(
  { root, mounts, hostname, hosts, resolver, readOnly }: ContainerFiles,
  process: ContainerProcess,
): string {
  return `set -e
mount -t tmpfs -o mode=755 tmpfs ${quote(root)}
cd ${quote(root)}
mkdir -p ${[...shared.map((folder) => `usr/${folder}`), ...folders].join(" ")}
chmod 1777 tmp var/tmp
for folder in ${shared.join(" ")}; do
  [ -d /usr/$folder ] && mount --bind -o ro /usr/$folder usr/$folder
  [ $folder = share ] || ln -s usr/$folder $folder
done
cp -r /etc/passwd /etc/group /etc/nsswitch.conf /etc/ssl etc/ 2>/dev/null || true
printf %s ${quote(hostname)} > /proc/sys/kernel/hostname
printf %s ${quote(hosts)} > etc/hosts
printf %s ${quote(resolver)} > etc/resolv.conf
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t proc proc proc
${mounts.map(mountLines).join("\n")}
${readOnly ? "mount -o remount,bind,ro ." : ""}
exec env --ignore-environment ${Object.entries(process.environment)
    .map(([name, value]) => quote(`${name}=${value}`))
    .join(" ")} chroot . ${asUser(process)} ${process.command.map(quote).join(" ")}
`;
}

/** The prefix of a command that makes it run as the container's user. */
export function asUser({ user, group }: Pick<ContainerProcess, "user" | "group">): string {
  if (user === undefined) return "";
  return `setpriv --reuid=${user} --regid=${group ?? 0} --clear-groups --`;
}

function mountLines({ from, to, file, writable }: ContainerFiles["mounts"][number]): string {
  const target = quote(`.${to}`);
  const make = file ? `mkdir -p ${quote(`.${dirname(to)}`)}; touch ${target}` : `mkdir -p ${target}`;
  return `${make}; mount --bind ${writable ? "" : "-o ro "}${quote(from)} ${target}`;
}

/** Quotes for the shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
