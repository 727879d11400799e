import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { WatchedFolder } from "./file-set.ts";

/** Tells of events in a set of folders. */
export interface FolderWatch {
  /** Makes `folders` the folders that are watched. True when some are new: what they hold must be listed (again) afterwards. */
  update(folders: readonly WatchedFolder[]): boolean;
  close(): void;
}

/**
 * Watches folders, not files: a folder tells of changes in its files, of files that come, go or are replaced (editors, Kubernetes'
 * `..data` links), and its watch survives them. `onEvent` gets the path that something happened to, undefined when the system does not tell; `onFailure` that a folder cannot be
 * watched (too many watches, a file system without events), so that changes in it are found by polling only.
 */
export function watchFolders(
  onEvent: (path: string | undefined) => void,
  onFailure: (path: string, error: unknown) => void,
): FolderWatch {
  const watched = new Map<string, { readonly folder: WatchedFolder; readonly watcher: FSWatcher | undefined }>();
  const drop = (path: string): void => {
    watched.get(path)?.watcher?.close();
    watched.delete(path);
  };
  const begin = (path: string): FSWatcher | undefined => {
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        const names = watched.get(path)?.folder.names;
        if (name === null || names === undefined || names.has(name)) onEvent(name === null ? undefined : join(path, name));
      });
      watcher.on("error", () => {
        drop(path);
        onEvent(undefined);
      });
      return watcher;
    } catch (error) {
      onFailure(path, error);
      return undefined;
    }
  };
  return {
    update(folders) {
      const wanted = new Map(folders.map((folder) => [folder.path, folder]));
      for (const [path, { folder }] of watched) if (wanted.get(path)?.inode !== folder.inode) drop(path);
      let more = false;
      for (const [path, folder] of wanted) {
        const before = watched.get(path);
        watched.set(path, { folder, watcher: before === undefined ? begin(path) : before.watcher });
        more ||= before === undefined;
      }
      return more;
    },
    close() {
      for (const path of [...watched.keys()]) drop(path);
    },
  };
}
