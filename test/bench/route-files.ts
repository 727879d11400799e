/** A folder with one file for each route, and the edits that a user makes in it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is written of one route, and what it is recognized by in a route table and in endpoints. */
export interface RouteFile {
  readonly hostname: string;
  readonly path: string;
  readonly address: string;
  readonly port: number;
}

/** What differs between folders. */
export interface RouteFilesOptions {
  /** Of the Gateway's listener. Default 8888. */
  readonly listenerPort?: number;
  /** The control plane runs the proxies on this machine. Default: it runs none. */
  readonly proxies?: boolean;
  /** Where an edition of a route leads. Default: an address of its own, where nobody is. */
  readonly endpointOf?: (route: number, edition: number) => { readonly address: string; readonly port: number };
}

/** The folder. */
export interface RouteFiles {
  readonly configFile: string;
  readonly configHome: string;
  /** The fleet of its Gateway. */
  readonly scope: string;
  /** Writes the file of a route in one step, as `edition` 0 is or with another path, or another endpoint. */
  write(route: number, edition?: { readonly path?: number; readonly endpoint?: number }): RouteFile;
  remove(route: number): RouteFile;
  /** What is written of a route at first. */
  describe(route: number): RouteFile;
  removeAll(): void;
}

/** Makes a folder with routes 0 to `count` - 1. */
export function createRouteFiles(count: number, options: RouteFilesOptions = {}): RouteFiles {
  const { listenerPort = 8888, proxies = false, endpointOf = nowhere } = options;
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  const folder = join(root, "objects");
  mkdirSync(folder);
  const server = fileServer(root, folder, proxies);
  writeFileSync(join(folder, "gateway.yaml"), gateway(listenerPort));
  const describe = (route: number, path: number, endpoint: number): RouteFile => {
    return { hostname: `host-${route}.example.com`, path: `/path-${route}/edition-${path}`, ...endpointOf(route, endpoint) };
  };
  const fileOf = (route: number) => join(folder, `route-${route}.yaml`);
  const files: RouteFiles = {
    ...server,
    write(route, edition = {}) {
      const file = describe(route, edition.path ?? 0, edition.endpoint ?? 0);
      const partial = join(root, "partial");
      writeFileSync(partial, yaml(`route-${route}`, file));
      renameSync(partial, fileOf(route));
      return file;
    },
    remove(route) {
      rmSync(fileOf(route));
      return describe(route, 0, 0);
    },
    describe: (route) => describe(route, 0, 0),
    removeAll: () => rmSync(root, { recursive: true, force: true }),
  };
  for (let route = 0; route < count; route++) files.write(route);
  return files;
}

function nowhere(route: number, edition: number): { readonly address: string; readonly port: number } {
  const host = `${Math.floor(route / 65536) % 256}.${Math.floor(route / 256) % 256}.${route % 256}`;
  return { address: `${10 + edition}.${host}`, port: 3000 };
}

/** Writes the configuration of a server that reads `folder`; its other files are in `root`. */
export function fileServer(
  root: string,
  folder: string,
  proxies = false,
): Pick<RouteFiles, "configFile" | "configHome" | "scope"> {
  const configFile = join(root, "envoy-gateway.json");
  writeFileSync(configFile, JSON.stringify(configuration(folder, proxies ? root : undefined)));
  return { configFile, configHome: join(root, "config"), scope: "default/eg" };
}

/** @param home where proxies have their files, if there are any */
function configuration(folder: string, home: string | undefined): object {
  const at = (name: string) => join(home ?? "", name, "envoy-gateway");
  const host = { configHome: at("config"), stateHome: at("state"), runtimeDir: at("run") };
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: {
      type: "Custom",
      custom: {
        resource: { type: "File", file: { paths: [folder] } },
        ...(home !== undefined && { infrastructure: { type: "Host", host } }),
      },
    },
    extensionApis: { enableBackend: true },
  };
}

const gateway = (port: number) => `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: eg
spec:
  controllerName: gateway.envoyproxy.io/gatewayclass-controller
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: eg
spec:
  gatewayClassName: eg
  listeners:
    - name: http
      protocol: HTTP
      port: ${port}
`;

function yaml(name: string, { hostname, path, address, port }: RouteFile): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
spec:
  parentRefs:
    - name: eg
  hostnames:
    - ${hostname}
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: ${path}
      backendRefs:
        - group: gateway.envoyproxy.io
          kind: Backend
          name: ${name}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata:
  name: ${name}
spec:
  endpoints:
    - ip:
        address: ${address}
        port: ${port}
`;
}
