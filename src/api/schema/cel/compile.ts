/**
 * Compiles CEL expressions to JavaScript closures. The library parses them (and expands the macros); evaluating with closures over
 * plain JSON values instead of the library's evaluator makes admission about a hundred times faster. The library is the oracle of
 * the tests. What no rule of ours uses is not supported and refused when the expression is compiled.
 * Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
import { parse } from "@bufbuild/cel";
import { boolean, type CelFunction, celFunctions, celMethods } from "./function.ts";
import { CelFailure, isCelMap, noSuchOverload } from "./value.ts";

type Expr = ReturnType<typeof parse>["expr"];
type Kind = Expr["exprKind"];
type KindOf<Case extends Kind["case"]> = Extract<Kind, { case: Case }>;
type Call = KindOf<"callExpr">["value"];
type Comprehension = KindOf<"comprehensionExpr">["value"];

/** The values of the variables of one evaluation. */
type Frame = unknown[];

/** Evaluates a compiled expression. Throws CelFailure. */
type Step = (frame: Frame) => unknown;

/** The variables that an expression can see, by name. */
type Variables = ReadonlyMap<string, Variable>;

/** A place in the frame. What a comprehension came to so far may be a failure, which whoever reads it has then. */
interface Variable {
  readonly place: number;
  readonly mayFail: boolean;
}

/** Evaluates an expression for values of its variables, in the order they were declared. Throws CelFailure for errors of the evaluation. */
export type CelProgram = (...values: readonly unknown[]) => unknown;

/** Compiles an expression over the given variables. Throws Error where it cannot be parsed or uses what is not supported. */
export function compileCel(source: string, variables: readonly string[]): CelProgram {
  const compiler = new Compiler(source, variables.length);
  const step = compiler.compile(parse(source).expr, new Map(variables.map((name, place) => [name, { place, mayFail: false }])));
  const { places } = compiler;
  // Without comprehensions there is nothing else in the frame.
  if (places === variables.length) return (...values: unknown[]) => step(values);
  const blank: Frame = new Array(places - variables.length).fill(undefined);
  return (...values) => step([...values, ...blank]);
}

/** One compilation: hands out places in the frame. */
class Compiler {
  readonly source: string;
  places: number;

  constructor(source: string, places: number) {
    this.source = source;
    this.places = places;
  }

  compile(expr: Expr | undefined, variables: Variables): Step {
    const kind = expr?.exprKind;
    switch (kind?.case) {
      case "constExpr":
        return this.constant(kind.value.constantKind);
      case "identExpr":
        return this.variable(kind.value.name, variables);
      case "selectExpr":
        return this.select(kind.value, variables);
      case "callExpr":
        return this.call(kind.value, variables);
      case "listExpr": {
        const items = kind.value.elements.map((item) => this.compile(item, variables));
        return (frame) => items.map((item) => item(frame));
      }
      case "structExpr":
        return this.map(kind.value, variables);
      case "comprehensionExpr":
        return this.comprehension(kind.value, variables);
      default:
        throw this.unsupported("an empty expression");
    }
  }

  private constant(constant: KindOf<"constExpr">["value"]["constantKind"]): Step {
    switch (constant.case) {
      case "nullValue":
        return () => null;
      case "boolValue":
      case "stringValue":
      case "doubleValue": {
        const { value } = constant;
        return () => value;
      }
      case "int64Value": {
        const value = Number(constant.value);
        if (!Number.isSafeInteger(value)) throw this.unsupported(`the number ${constant.value}`);
        return () => value;
      }
      default:
        throw this.unsupported(`a constant of kind ${constant.case}`);
    }
  }

  private variable(name: string, variables: Variables): Step {
    const variable = variables.get(name);
    if (variable === undefined) throw this.unsupported(`the name ${name}`);
    const { place, mayFail } = variable;
    if (!mayFail) return (frame) => frame[place];
    return (frame) => {
      const value = frame[place];
      if (value instanceof CelFailure) throw value;
      return value;
    };
  }

  private select({ operand, field, testOnly }: KindOf<"selectExpr">["value"], variables: Variables): Step {
    const object = this.compile(operand, variables);
    const name = unescapeField(field);
    if (testOnly) {
      return (frame) => {
        const value = object(frame);
        if (!isCelMap(value)) throw noSuchOverload();
        return Object.hasOwn(value, name);
      };
    }
    return (frame) => {
      const value = object(frame);
      if (!isCelMap(value)) throw noSuchOverload();
      if (!Object.hasOwn(value, name)) throw new CelFailure(`no such key: ${name}`);
      return value[name];
    };
  }

  private call({ target, function: name, args }: Call, variables: Variables): Step {
    const steps = args.map((argument) => this.compile(argument, variables));
    const [a, b, c] = steps;
    if (target === undefined) {
      if (name === "_&&_" && a && b) return absorbing(a, b, false);
      if (name === "_||_" && a && b) return absorbing(a, b, true);
      if (name === "_?_:_" && a && b && c) return (frame) => (boolean(a(frame)) ? b(frame) : c(frame));
      if (name === "@not_strictly_false" && a) return (frame) => attempt(a, frame) !== false;
    }
    const inputs = target === undefined ? steps : [this.compile(target, variables), ...steps];
    const known = target === undefined ? celFunctions : celMethods;
    const called = known[`${name}/${args.length}`];
    if (called === undefined) throw this.unsupported(`the function ${name} with ${args.length} arguments`);
    return apply(called, inputs);
  }

  private map({ entries, messageName }: KindOf<"structExpr">["value"], variables: Variables): Step {
    if (messageName !== "") throw this.unsupported(`the message ${messageName}`);
    const fields = entries.map(({ keyKind, value }) => {
      const key = keyKind.case === "mapKey" ? keyKind.value.exprKind : undefined;
      if (key?.case !== "constExpr" || key.value.constantKind.case !== "stringValue")
        throw this.unsupported("a map with such keys");
      return [key.value.constantKind.value, this.compile(value, variables)] as const;
    });
    return (frame) => Object.fromEntries(fields.map(([key, value]) => [key, value(frame)]));
  }

  /** `all`, `exists`, `exists_one`, `map` and `filter`, as the parser expands them: a fold over a list or the keys of a map. */
  private comprehension(fold: Comprehension, variables: Variables): Step {
    const item = this.places++;
    const result = this.places++;
    const withResult = new Map(variables).set(fold.accuVar, { place: result, mayFail: true });
    const inLoop = new Map(withResult).set(fold.iterVar, { place: item, mayFail: false });
    const range = this.compile(fold.iterRange, variables);
    const start = this.compile(fold.accuInit, variables);
    const goOn = this.compile(fold.loopCondition, inLoop);
    const next = this.compile(fold.loopStep, inLoop);
    const finish = this.compile(fold.result, withResult);
    return (frame) => {
      const value = range(frame);
      frame[result] = start(frame);
      for (const member of membersOf(value)) {
        frame[item] = member;
        if (goOn(frame) !== true) break;
        frame[result] = attempt(next, frame);
      }
      return finish(frame);
    };
  }

  private unsupported(what: string): Error {
    return new Error(`CEL rule uses ${what}, which is not supported here: ${this.source}`);
  }
}

/** `&&` (decided by false) and `||` (decided by true): a side that decides makes an error of the other irrelevant. */
function absorbing(a: Step, b: Step, decisive: boolean): Step {
  return (frame) => {
    const left = attempt(a, frame);
    if (left === decisive) return decisive;
    if (left === !decisive) return boolean(b(frame));
    const right = attempt(b, frame);
    if (right === decisive) return decisive;
    if (left instanceof CelFailure) throw left;
    if (right instanceof CelFailure) throw right;
    throw noSuchOverload();
  };
}

/** The value of a step, or its failure as a value. */
function attempt(step: Step, frame: Frame): unknown {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelFailure) return error;
    throw error;
  }
}

/** A function applied to the values of steps, spelled out for the usual numbers of arguments because rules run often. */
function apply(called: CelFunction, [a, b, ...rest]: readonly Step[]): Step {
  if (a === undefined) return () => called();
  if (b === undefined) return (frame) => called(a(frame));
  if (rest.length === 0) return (frame) => called(a(frame), b(frame));
  return (frame) => called(a(frame), b(frame), ...rest.map((step) => step(frame)));
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isCelMap(value)) return Object.keys(value);
  throw noSuchOverload();
}

const escapes: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/** The name of a field as the schema has it: Kubernetes escapes reserved words (`__namespace__`) and characters (`a__dot__b`) in rules. */
function unescapeField(name: string): string {
  const reserved = /^__([a-z]+)__$/.exec(name)?.[1];
  if (reserved !== undefined && !(reserved in escapes)) return reserved;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, word: string) => escapes[word] ?? "");
}
