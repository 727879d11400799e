/** Thrown by `encode` for a message that cannot be encoded. It never tells the values of strings and bytes: they may be secret. */
export class EncodeError extends Error {
  /** Where in the message, as it was written: `filterChains[0].filters[0].typedConfig.foo`. Empty for the message itself. */
  readonly path: string;
  /** What is wrong there. */
  readonly reason: string;

  /** Takes the path and the reason; the message of the error is both. */
  constructor(path: string, reason: string) {
    super(path === "" ? reason : `${path}: ${reason}`);
    this.name = "EncodeError";
    this.path = path;
    this.reason = reason;
  }
}

/** One step of a path: the name of a field, or the position in a list. */
export type PathStep = string | number;

/** On its way up from the value that is wrong to the message that holds it; every level adds its step. */
export class Refusal extends Error {
  readonly #steps: PathStep[] = [];

  /** Adds the step that leads to where the refusal comes from; returns itself, to be thrown on. */
  within(step: PathStep): this {
    this.#steps.push(step);
    return this;
  }

  /** The same for the caller of `encode`. */
  toEncodeError(): EncodeError {
    return new EncodeError(pathText(this.#steps.toReversed()), this.message);
  }
}

/** If `error` is a refusal, the same with one more step; anything else unchanged. */
export function within(step: PathStep, error: unknown): unknown {
  return error instanceof Refusal ? error.within(step) : error;
}

/** A path as text: `a.b[0]["c.d"]`. */
export function pathText(steps: readonly PathStep[]): string {
  let text = "";
  for (const step of steps) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[\w@$]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** How a value is named in a refusal: by its type, never by its content. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : typeof value;
}
