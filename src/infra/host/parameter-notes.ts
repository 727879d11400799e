import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printParameters } from "../../api/envoy/applied-parameters.ts";
import { isObject } from "../../api/json-object.ts";
import type { HostDirectories } from "../../certificates/directories.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { ScopeKey } from "../../ir/reference.ts";

/** Told of the parameters that a fleet runs with, see `printParameters`; undefined when there is no such fleet. */
export type NoteParameters = (scope: ScopeKey, text: string | undefined) => void;

/** Notes of the parameters that the fleets run with, in a file, for a control plane that is started after a crash. */
export class ParameterNotes {
  readonly #file: string;
  readonly #note: NoteParameters;
  readonly #texts: Map<ScopeKey, string>;

  /** Reads the notes of an earlier control plane about fleets that still run, and tells them. */
  constructor(directories: HostDirectories, isRunning: (scope: ScopeKey) => boolean, note: NoteParameters) {
    this.#file = join(directories.runtime, "parameters.json");
    this.#note = note;
    this.#texts = new Map(readNotes(this.#file).filter(([scope]) => isRunning(scope)));
    for (const [scope, text] of this.#texts) note(scope, text);
  }

  /** Notes what the fleets that are wanted run with. A fleet whose parameters cannot be followed goes on with those before. */
  keep(wanted: ReadonlyMap<ScopeKey, ProxyInfra>): void {
    let changed = false;
    for (const scope of [...this.#texts.keys()]) {
      if (!wanted.has(scope)) changed = this.#put(scope, undefined) || changed;
    }
    for (const [scope, { proxy, proxySource, unresolved }] of wanted) {
      if (unresolved === undefined) changed = this.#put(scope, printParameters(proxy, proxySource)) || changed;
    }
    if (!changed) return;
    const partial = `${this.#file}.partial`;
    writeFileSync(partial, JSON.stringify(Object.fromEntries(this.#texts)), { mode: 0o600 });
    renameSync(partial, this.#file);
  }

  #put(scope: ScopeKey, text: string | undefined): boolean {
    if (this.#texts.get(scope) === text) return false;
    if (text === undefined) this.#texts.delete(scope);
    else this.#texts.set(scope, text);
    this.#note(scope, text);
    return true;
  }
}

function readNotes(file: string): readonly (readonly [ScopeKey, string])[] {
  try {
    const notes: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isObject(notes)) return [];
    return Object.entries(notes).flatMap(([scope, text]) => (typeof text === "string" ? [[scope, text] as const] : []));
  } catch {
    // There is none, or a crash left half of one: then nothing is known.
    return [];
  }
}
