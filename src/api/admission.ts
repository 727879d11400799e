/** Admits documents of any kind: what a file, a request or a test says becomes a typed object, or a refusal that says why. */

import { abridged } from "./abridged.ts";
import { isObject } from "./json-object.ts";
import { type ApiObject, findKind } from "./kinds.ts";
import { admitAs, isPrepared, prepareToAdmit } from "./schema/admit.ts";
import { describeAll, type FieldProblem, invalid, required } from "./schema/problem.ts";
import { finish } from "./schema/steps.ts";

/** A document that became an object, with its defaults. */
export interface Accepted {
  readonly object: ApiObject;
}

/** A document that did not. */
export interface Refusal {
  /** `<Kind> <namespace>/<name>` as far as the document says. */
  readonly subject: string;
  /** What is wrong, field by field. */
  readonly problems: readonly FieldProblem[];
  /** The whole refusal as one sentence, subject included: `HTTPRoute default/app: HTTPRoute.gateway.networking.k8s.io "app" is invalid: …`. */
  readonly message: string;
}

/**
 * Admits a document (the JSON value of a manifest) as an API server would: decoded strictly, with defaults, checked against the
 * schema and rules of its kind. The document is left as it was. Never throws, whatever the document is.
 */
export function admit(document: unknown): Accepted | Refusal {
  return finish(admissionSteps(document));
}

/** `admit` in steps of some milliseconds, for callers who let others have their turn: what the first object of a kind takes is long. */
export function* admissionSteps(document: unknown): Generator<void, Accepted | Refusal> {
  if (!isObject(document))
    return { subject: "document", problems: [], message: "a document must be an object with apiVersion, kind and metadata" };
  const { apiVersion, kind } = document;
  if (typeof apiVersion !== "string" || apiVersion === "") return refuseAs(document, [required("apiVersion")]);
  if (typeof kind !== "string" || kind === "") return refuseAs(document, [required("kind")]);
  const lookup = findKind(apiVersion, kind);
  if ("planned" in lookup) {
    return refuse(
      document,
      `kind ${kind} is known but not built yet in this version (docs/status.md); remove the object or wait for it`,
      "kind",
    );
  }
  if ("unknown" in lookup) return refuse(document, `no matches for kind "${kind}" in version "${apiVersion}"`, "kind");
  if ("served" in lookup) {
    return refuse(
      document,
      `no matches for kind "${kind}" in version "${apiVersion}"; served versions: ${lookup.served.join(", ")}`,
      "apiVersion",
    );
  }
  if (!isPrepared(lookup.found, apiVersion)) yield* prepareToAdmit(lookup.found, document);
  const admitted = admitAs(lookup.found, document);
  // Kinds are found by name, so the object is of the union's member of that name.
  if ("object" in admitted) return { object: admitted.object as ApiObject };
  return refuseAs(document, admitted.problems, lookup.found);
}

function refuseAs(
  document: Document,
  found: readonly FieldProblem[],
  kind?: { readonly group: string; readonly scope: string },
): Refusal {
  const problems = found.map((problem) => ({ ...problem, field: abridged(problem.field), detail: abridged(problem.detail) }));
  const subject = subjectOf(document, kind?.scope === "Cluster");
  const type = kind?.group ? `${document.kind}.${kind.group}` : `${text(document.kind)}`;
  return {
    subject,
    problems,
    message: `${subject}: ${type} ${JSON.stringify(nameOf(document))} is invalid: ${describeAll(problems)}`,
  };
}

function refuse(document: Document, why: string, field: string): Refusal {
  const subject = subjectOf(document, false);
  const problem = invalid(field, document[field], why);
  return { subject, problems: [{ ...problem, detail: abridged(problem.detail) }], message: abridged(`${subject}: ${why}`) };
}

type Document = Readonly<Record<string, unknown>>;

function subjectOf(document: Document, clusterScoped: boolean): string {
  const name = nameOf(document);
  const { namespace } = metadataOf(document);
  const kind = text(document.kind) || "object";
  return abridged(`${kind} ${clusterScoped ? "" : `${text(namespace) || "default"}/`}${name}`);
}

function nameOf(document: Document): string {
  return text(metadataOf(document).name);
}

function metadataOf({ metadata }: Document): Document {
  return isObject(metadata) ? metadata : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
