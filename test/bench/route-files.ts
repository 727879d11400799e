/** A folder with one file for each route, and the edits that a user makes in it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is written of one route, and what it is recognized by in a route table and in endpoints. */
export interface RouteFile {
  readonly hostname: string;
  readonly path: string;
  readonly address: string;
}

/** The folder. */
export interface RouteFiles {
  readonly configFile: string;
  readonly configHome: string;
  /** The fleet of its Gateway. */
  readonly scope: string;
  /** Writes the file of a route in one step, as `edition` 0 is or with another path, or another address. */
  write(route: number, edition?: { readonly path?: number; readonly address?: number }): RouteFile;
  remove(route: number): RouteFile;
  removeAll(): void;
}

/** Makes a folder with routes 0 to `count` - 1. */
export function createRouteFiles(count: number): RouteFiles {
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  const folder = join(root, "objects");
  const configFile = join(root, "envoy-gateway.json");
  mkdirSync(folder);
  writeFileSync(configFile, JSON.stringify(configuration(folder)));
  writeFileSync(join(folder, "gateway.yaml"), gateway);
  const fileOf = (route: number) => join(folder, `route-${route}.yaml`);
  const files: RouteFiles = {
    configFile,
    configHome: join(root, "config"),
    scope: "default/eg",
    write(route, edition = {}) {
      const file = describe(route, edition.path ?? 0, edition.address ?? 0);
      const partial = join(root, "partial");
      writeFileSync(partial, yaml(`route-${route}`, file));
      renameSync(partial, fileOf(route));
      return file;
    },
    remove(route) {
      rmSync(fileOf(route));
      return describe(route, 0, 0);
    },
    removeAll: () => rmSync(root, { recursive: true, force: true }),
  };
  for (let route = 0; route < count; route++) files.write(route);
  return files;
}

function describe(route: number, path: number, address: number): RouteFile {
  const host = `${Math.floor(route / 65536) % 256}.${Math.floor(route / 256) % 256}.${route % 256}`;
  return { hostname: `host-${route}.example.com`, path: `/path-${route}/edition-${path}`, address: `${10 + address}.${host}` };
}

function configuration(folder: string): object {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: { type: "Custom", custom: { resource: { type: "File", file: { paths: [folder] } } } },
    extensionApis: { enableBackend: true },
  };
}

const gateway = `apiVersion: gateway.networking.k8s.io/v1
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
      port: 8888
`;

function yaml(name: string, { hostname, path, address }: RouteFile): string {
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
        port: 3000
`;
}
