/** What stands in a log line in place of something secret. */
export const redacted = "[redacted]";

/** Deeper than any API object; what lies below (or in a cycle) is cut off. */
const deepest = 32;

/**
 * Makes a value fit for a log line: a Kubernetes Secret, at any depth, keeps its kind, type and metadata's names but none of its
 * content, and errors become plain objects. Everything else is returned as it is; nothing is changed in place.
 */
export function redact(value: unknown): unknown {
  return visit(value, deepest);
}

function visit(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "[too deep]";
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => visit(item, depth - 1));
  if (isPlain(value)) return isSecret(value) ? outlineOf(value) : visitMembers(value, depth);
  return value;
}

function visitMembers(object: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, visit(member, depth - 1)]));
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A Secret, or a list of Secrets (whose items need not repeat their kind). */
function isSecret(object: Readonly<Record<string, unknown>>): boolean {
  return (
    (object.kind === "Secret" || object.kind === "SecretList") &&
    ["data", "stringData", "items", "metadata"].some((key) => key in object)
  );
}

/** Names only: annotations may repeat the whole object (kubectl's last-applied-configuration). */
function outlineOf(secret: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const metadata = typeof secret.metadata === "object" && secret.metadata !== null ? secret.metadata : {};
  const names = Object.entries(metadata).filter(([key]) => key === "namespace" || key === "name");
  return { kind: secret.kind, type: secret.type, metadata: Object.fromEntries(names), data: redacted };
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const cause = error.cause === undefined ? {} : { cause: visit(error.cause, depth - 1) };
  return { type: error.name, message: error.message, stack: error.stack, ...cause };
}
