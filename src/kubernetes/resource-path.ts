/** What a path leads to: a collection, an object in it, or a subresource of one. */
export interface ResourceAddress {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower case, as in `httproutes`. */
  readonly plural: string;
  /** Left out: of a kind without namespaces, or of all namespaces. */
  readonly namespace?: string;
  /** Left out: the collection. */
  readonly name?: string;
  /** `status`, `token`, `scale` … */
  readonly subresource?: string;
}

/** The path of a resource on an API server. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export function resourcePath({ group, version, plural, namespace, name, subresource }: ResourceAddress): string {
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const place = namespace === undefined ? [] : ["namespaces", namespace];
  const parts = [...root, ...place, plural, name, subresource].filter((part) => part !== undefined);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
