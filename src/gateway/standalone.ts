import { resolve } from "node:path";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { type HostDirectories, hostDirectories } from "../certificates/directories.ts";
import { scopeDirectoryName } from "../infra/host/directories.ts";
import type { NoteParameters } from "../infra/host/parameter-notes.ts";
import { adminAddressOf } from "../infra/host/running-envoys.ts";
import { createFileProvider, type FileMemory, type FileSource } from "../provider/file/file-provider.ts";
import { openHostProxies } from "./host-proxies.ts";
import { openLocalChannel } from "./local-channel.ts";
import { runsOnHost } from "./pipeline.ts";
import type { Surroundings } from "./surroundings.ts";

/** Standalone surroundings, and what they know at present. */
export interface Standalone extends Surroundings {
  /** What is known of the files, for a control plane that is started after this one. */
  fileMemory(): FileMemory | undefined;
}

/** What standalone surroundings are made from. */
export interface StandaloneOptions {
  readonly config: EnvoyGateway;
  readonly envoyPath: string | undefined;
  readonly files: FileMemory | undefined;
}

/** Objects from files, proxies as processes on this machine, and nobody else who could write: statuses are only shown. */
export function standalone({ config, envoyPath, files }: StandaloneOptions): Standalone {
  const directories = directoriesOf(config);
  /** The folder of the certificate that proxies show. */
  let certificates = "";
  let source: FileSource | undefined;
  return {
    host: "127.0.0.1",
    proxiesStay: false,
    async openChannel(options, closers) {
      const channel = await openLocalChannel(options, directories.config, closers);
      certificates = channel.proxyCertificates;
      return channel;
    },
    async openInfrastructure({ channel, report, logs, pipeline, gathering }) {
      if (!runsOnHost(config)) return undefined;
      const { parameters } = pipeline.configuration.running;
      const note: NoteParameters = (scope, text) =>
        gathering.write(() => (text === undefined ? parameters.delete(scope) : parameters.set(scope, text)));
      const log = logs.for("infrastructure");
      return openHostProxies({ directories, certificates, xds: channel.address, envoyPath, report, note, log });
    },
    openProvider({ writer, gathering, logs }) {
      const paths = config.provider.custom?.resource.file?.paths ?? [];
      source = createFileProvider({ paths, writer, gathering, log: logs.for("provider"), memory: files });
      return source;
    },
    whileLeading: (begin) => begin(),
    envoyAdmin: (scope) => adminAddressOf(directories, scopeDirectoryName(scope)),
    fileMemory: () => source?.memory(),
  };
}

/** The folders of the configuration, else those of the user (XDG); relative ones start at the working directory. */
function directoriesOf({ provider }: EnvoyGateway): HostDirectories {
  const usual = hostDirectories();
  const { configHome, dataHome, stateHome, runtimeDir } = provider.custom?.infrastructure?.host ?? {};
  return {
    config: resolve(configHome ?? usual.config),
    data: resolve(dataHome ?? usual.data),
    state: resolve(stateHome ?? usual.state),
    runtime: resolve(runtimeDir ?? usual.runtime),
  };
}
