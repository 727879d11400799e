/** Runs templates. */
import { isObject } from "../../api/json-object.ts";
import { functions, isTrue, show } from "./functions.ts";
import type { Block, Command, Node, Operand, Pipeline, Templates } from "./syntax.ts";

/** Runs the template `name` with `data` and gives its text. Throws for what a template asks for and there is not. */
export function render(templates: Templates, name: string, data: unknown): string {
  const nodes = templates.get(name);
  if (nodes === undefined) throw new Error(`there is no template "${name}"`);
  return new Run(templates).nodes(nodes, { dot: data, variables: new Map([["$", { value: data }]]) });
}

/** Where a template is: the value at hand, and the variables in reach. A variable is a cell, which blocks share. */
interface Scope {
  readonly dot: unknown;
  readonly variables: Map<string, { value: unknown }>;
}

class Run {
  private readonly templates: Templates;
  constructor(templates: Templates) {
    this.templates = templates;
  }

  /** Variables that are declared in the nodes end with them. */
  nodes(nodes: readonly Node[], outer: Scope): string {
    const scope = { ...outer, variables: new Map(outer.variables) };
    return nodes.map((node) => this.node(node, scope)).join("");
  }

  private node(node: Node, scope: Scope): string {
    if (node.type === "text") return node.text;
    if (node.type === "action") {
      const value = this.pipeline(node.pipeline, scope);
      return node.pipeline.variables.length > 0 ? "" : show(value);
    }
    const inner = { ...scope, variables: new Map(scope.variables) };
    if (node.type === "range") return this.range(node, inner);
    const value = this.pipeline(node.pipeline, inner);
    if (!isTrue(value)) return this.nodes(node.otherwise, inner);
    return this.nodes(node.body, node.type === "with" ? { ...inner, dot: value } : inner);
  }

  private range({ pipeline, body, otherwise }: Block, scope: Scope): string {
    const value = this.pipeline({ ...pipeline, variables: [] }, scope);
    const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value).sort() : [];
    if (entries.length === 0) return this.nodes(otherwise, scope);
    return entries
      .map(([key, entry]) => {
        const variables = new Map(scope.variables);
        const [first, second] = pipeline.variables;
        if (second !== undefined) variables.set(second, { value: entry });
        if (first !== undefined) variables.set(first, { value: second === undefined ? entry : key });
        return this.nodes(body, { dot: entry, variables });
      })
      .join("");
  }

  private pipeline({ commands, variables, declares }: Pipeline, scope: Scope): unknown {
    const [first, ...others] = commands;
    if (first === undefined) return undefined;
    const value = others.reduce((passed, command) => this.command(command, scope, [passed]), this.command(first, scope, []));
    const [name] = variables;
    if (name === undefined) return value;
    const cell = scope.variables.get(name);
    if (declares) scope.variables.set(name, { value });
    else if (cell === undefined) throw new Error(`there is no variable ${name}`);
    else cell.value = value;
    return value;
  }

  private command([first, ...others]: Command, scope: Scope, passed: readonly unknown[]): unknown {
    if (first === undefined) return undefined;
    if (first.type !== "function") {
      if (others.length + passed.length > 0) throw new Error("a value takes no arguments");
      return this.operand(first, scope);
    }
    const values = [...others.map((operand) => this.operand(operand, scope)), ...passed];
    if (first.name === "include") return render(this.templates, show(values[0]), values[1]);
    const called = functions.get(first.name);
    if (called === undefined) throw new Error(`there is no function ${first.name}`);
    return called(...values);
  }

  private operand(operand: Operand, scope: Scope): unknown {
    switch (operand.type) {
      case "literal":
        return operand.value;
      case "dot":
        return operand.fields.reduce(below, scope.dot);
      case "variable": {
        const cell = scope.variables.get(operand.name);
        if (cell === undefined) throw new Error(`there is no variable ${operand.name}`);
        return operand.fields.reduce(below, cell.value);
      }
      case "group":
        return operand.fields.reduce(below, this.pipeline(operand.pipeline, scope));
      case "function":
        return this.command([operand], scope, []);
    }
  }
}

/** A field of a value; of nothing there is no field, which Go refuses too. */
function below(value: unknown, name: string): unknown {
  if (!isObject(value)) throw new Error(`there is no field ${name} in ${value === undefined ? "nothing" : "a plain value"}`);
  return value[name];
}
