/**
 * How the hostnames of listeners and routes go together. `*` stands for every host, `*.example.com` for every host below
 * example.com, at any depth. Source: gateway-api v1.6, httproute_types.go (HTTPRouteSpec.Hostnames).
 */

/** Every host. */
export const anyHost = "*";

/**
 * The hosts that a listener serves for a route, sorted, each once: for each pair the more specific of both, where one covers
 * the other. A route without hostnames takes the listener's.
 */
export function intersectHostnames(listener: string, route: readonly string[]): readonly string[] {
  if (route.length === 0) return [listener];
  const hosts = new Set<string>();
  for (const hostname of route) {
    if (coversHostname(listener, hostname)) hosts.add(hostname);
    else if (coversHostname(hostname, listener)) hosts.add(listener);
  }
  return [...hosts].sort();
}

/** Whether every host that `hostname` stands for is one that `pattern` stands for. */
export function coversHostname(pattern: string, hostname: string): boolean {
  if (pattern === anyHost || pattern === hostname) return true;
  return pattern.startsWith("*.") && hostname.endsWith(pattern.slice(1)) && hostname.length > pattern.length - 1;
}

/**
 * The hostnames that cover `hostname`, the most specific first: itself, then wildcards with fewer and fewer labels, then `*`.
 */
export function coveringHostnames(hostname: string): readonly string[] {
  if (hostname === anyHost) return [anyHost];
  const labels = hostname.split(".");
  const first = hostname.startsWith("*.") ? 2 : 1;
  const wildcards = labels.slice(first).map((_, index) => `*.${labels.slice(first + index).join(".")}`);
  return [hostname, ...wildcards, anyHost];
}
