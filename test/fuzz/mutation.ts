/** Changes of documents, each at a place that a number chooses, so that fast-check can shrink them. */
import fc from "fast-check";
import type { Document } from "./documents.ts";
import { oddNumbers, oddTexts } from "./words.ts";

/** What happens at one place of a document. */
export type Mutation =
  | { readonly change: "replace"; readonly at: number; readonly value: unknown }
  | { readonly change: "remove" | "double" | "nest"; readonly at: number }
  | { readonly change: "add"; readonly at: number; readonly name: string; readonly value: unknown }
  | { readonly change: "copy"; readonly at: number; readonly from: number };

const at = fc.nat(10_000);
const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: oddTexts },
  { weight: 2, arbitrary: oddNumbers },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, [], {}, [[]], [null], { a: {} }) },
);

/** Any change. Most replace a text with another, which is what may pass the schema and still be wrong. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ change: fc.constant("replace" as const), at, value: values }) },
  { weight: 3, arbitrary: fc.record({ change: fc.constantFrom("remove" as const, "double" as const, "nest" as const), at }) },
  { weight: 1, arbitrary: fc.record({ change: fc.constant("add" as const), at, name: oddTexts, value: values }) },
  { weight: 2, arbitrary: fc.record({ change: fc.constant("copy" as const), at, from: at }) },
);

/** The document after the changes; the given one stays as it was. */
export function mutate(document: Document, changes: readonly Mutation[]): unknown {
  const root = { document: structuredClone(document) as unknown };
  for (const change of changes) apply(root, change);
  return root.document;
}

type Holder = Record<string, unknown>;
interface Place {
  readonly holder: Holder | unknown[];
  readonly key: string;
}

function apply(root: Holder, mutation: Mutation): void {
  const places = placesIn(root);
  const place = places[mutation.at % places.length];
  if (place === undefined) return;
  const { holder, key } = place;
  const here = Reflect.get(holder, key) as unknown;
  switch (mutation.change) {
    case "replace":
      return void Reflect.set(holder, key, structuredClone(mutation.value));
    case "remove":
      return void (Array.isArray(holder) ? holder.splice(Number(key), 1) : Reflect.deleteProperty(holder, key));
    case "double":
      return void (Array.isArray(holder)
        ? holder.push(structuredClone(here))
        : Reflect.set(holder, `${key}2`, structuredClone(here)));
    case "nest":
      return void Reflect.set(holder, key, [here]);
    case "add":
      // Through JSON, so that `__proto__` is a field like any other.
      return void (
        isHolder(here) &&
        Object.defineProperty(here, mutation.name, {
          value: structuredClone(mutation.value),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      );
    case "copy": {
      const source = places[mutation.from % places.length]!;
      return void Reflect.set(holder, key, structuredClone(Reflect.get(source.holder, source.key)));
    }
  }
}

function placesIn(holder: Holder | unknown[]): Place[] {
  return Object.entries(holder).flatMap(([key, value]) => [
    { holder, key },
    ...(Array.isArray(value) || isHolder(value) ? placesIn(value) : []),
  ]);
}

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
