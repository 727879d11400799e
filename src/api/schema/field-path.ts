/** Paths of fields as Kubernetes writes them. Source: k8s.io/apimachinery v0.36, pkg/util/validation/field/path.go. */

/** The path of a field of an object: `spec` + `rules` → `spec.rules`. */
export function child(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The path of an entry of a list: `spec.rules[0]`. */
export function entry(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** The path of a value of a map: `metadata.labels[app]`. */
export function keyed(path: string, key: string): string {
  return `${path}[${key}]`;
}

/** The path of what was put together step by step, each with what separates it from the one before: `.spec.rules[0]`. */
export function fromRoot(steps: string): string {
  return steps.startsWith(".") ? steps.slice(1) : steps;
}
